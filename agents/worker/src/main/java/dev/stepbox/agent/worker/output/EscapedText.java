package dev.stepbox.agent.worker.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.List;
import java.util.function.IntFunction;

/** A text as programs escape it for a place where it must not be misread. */
final class EscapedText {
  private static final String URL_UNRESERVED = "-._~";
  private static final String SHELL_PLAIN = "-._/:=+@%,";

  private EscapedText() {}

  static List<String> forms(String text) {
    String percent = percentEncoded(text);
    return List.of(
        percent,
        lowerHex(percent),
        URLEncoder.encode(text, UTF_8),
        json(text, EscapedText::utf8Character),
        json(text, EscapedText::asciiCharacter),
        json(text, EscapedText::utf8Character).replace("/", "\\/"),
        text.replace("'", "'\\''"),
        text.replace("'", "'\"'\"'"),
        doubleQuoted(text),
        backslashed(text),
        ansiQuoted(text),
        xml(text));
  }

  /** Every byte but letters, digits and a few marks as percent sign and two digits. */
  private static String percentEncoded(String text) {
    var out = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      if (isAlphanumeric(b) || URL_UNRESERVED.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append("%%%02X".formatted(b & 0xff));
      }
    }
    return out.toString();
  }

  /** The digits of percent codes in lower case, all else as it is. */
  private static String lowerHex(String percent) {
    var out = new StringBuilder(percent);
    for (int at = percent.indexOf('%'); at >= 0; at = percent.indexOf('%', at + 1)) {
      out.setCharAt(at + 1, Character.toLowerCase(percent.charAt(at + 1)));
      out.setCharAt(at + 2, Character.toLowerCase(percent.charAt(at + 2)));
    }
    return out.toString();
  }

  private static String json(String text, IntFunction<String> character) {
    var out = new StringBuilder();
    text.chars()
        .forEach(c ->
            out.append(
                switch (c) {
                  case '"' -> "\\\"";
                  case '\\' -> "\\\\";
                  case '\n' -> "\\n";
                  case '\r' -> "\\r";
                  case '\t' -> "\\t";
                  default -> c < ' ' ? "\\u%04x".formatted(c) : character.apply(c);
                }));
    return out.toString();
  }

  private static String utf8Character(int c) {
    return String.valueOf((char) c);
  }

  private static String asciiCharacter(int c) {
    return c < 0x7f ? utf8Character(c) : "\\u%04x".formatted(c);
  }

  private static String doubleQuoted(String text) {
    return text.replaceAll("([\\\\\"$`])", "\\\\$1");
  }

  /** As {@code printf %q} of some shells: a backslash before everything special. */
  private static String backslashed(String text) {
    var out = new StringBuilder();
    text.chars()
        .forEach(c -> {
          if (c < 0x80 && !isAlphanumeric(c) && SHELL_PLAIN.indexOf(c) < 0) {
            out.append('\\');
          }
          out.append((char) c);
        });
    return out.toString();
  }

  /** What stands inside {@code $'…'}. */
  private static String ansiQuoted(String text) {
    return text.replace("\\", "\\\\")
        .replace("'", "\\'")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t");
  }

  private static String xml(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static boolean isAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
