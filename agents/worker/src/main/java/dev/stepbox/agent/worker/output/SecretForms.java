package dev.stepbox.agent.worker.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.Secret;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The forms in which programs print a secret: as it is, each longer line of it, and encoded as
 * Base64 (wherever in a longer text the secret stands), hexadecimal, URL, JSON, shell words, XML.
 *
 * <p>A line of its own is a form only if it says something: at least {@value #LINE_LENGTH_MIN}
 * characters, {@value #DISTINCT_MIN} of them different, and no PEM boundary. So the braces of a
 * JSON key file, or a dash on a line by itself, do not turn a log into asterisks.
 */
final class SecretForms {
  static final int LINE_LENGTH_MIN = 8;
  static final int DISTINCT_MIN = 5;

  /** Line lengths at which encoders wrap: base64, PEM, and xxd. */
  private static final int[] WRAPS = {76, 64, 60};

  private final Set<Bytes> forms = new LinkedHashSet<>();

  private SecretForms() {}

  static List<byte[]> of(List<Secret> secrets) {
    var forms = new SecretForms();
    for (Secret secret : secrets) {
      forms.addValue(secret.value());
      forms.addValue(secret.value().strip());
    }
    return forms.forms.stream().map(Bytes::toByteArray).toList();
  }

  private void addValue(String value) {
    addText(value);
    addBinary(value.getBytes(UTF_8));
    List<String> lines = value.lines().map(String::strip).toList();
    if (lines.size() > 1) {
      lines.stream().filter(SecretForms::saysSomething).forEach(this::addText);
    }
  }

  private static boolean saysSomething(String line) {
    return line.length() >= LINE_LENGTH_MIN
        && line.chars().distinct().count() >= DISTINCT_MIN
        && !line.startsWith("-----");
  }

  private void addText(String text) {
    add(text);
    add(text.replace("\n", "\r\n"));
    EscapedText.forms(text).forEach(this::add);
  }

  private void addBinary(byte[] value) {
    HexFormat hex = HexFormat.of();
    addWrapped(hex.formatHex(value));
    addWrapped(hex.formatHex(value).toUpperCase(Locale.ROOT));
    for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
      addWrapped(encoder.encodeToString(value));
      for (int before = 0; before < 3; before++) {
        add(within(encoder, value, before));
      }
    }
  }

  /** The characters that depend on the value alone when {@code before} bytes stand before it. */
  private static String within(Base64.Encoder encoder, byte[] value, int before) {
    byte[] shifted = new byte[before + value.length];
    System.arraycopy(value, 0, shifted, before, value.length);
    String encoded = encoder.encodeToString(shifted);
    int first = (before * 8 + 5) / 6;
    int end = shifted.length * 8 / 6;
    return encoded.substring(first, Math.max(first, end));
  }

  private void addWrapped(String encoded) {
    add(encoded);
    for (int width : WRAPS) {
      for (int at = 0; encoded.length() > width && at < encoded.length(); at += width) {
        String line = encoded.substring(at, Math.min(encoded.length(), at + width));
        if (line.length() >= LINE_LENGTH_MIN) {
          add(line);
        }
      }
    }
  }

  private void add(String form) {
    byte[] bytes = form.getBytes(UTF_8);
    if (bytes.length >= PatternMatcher.MIN_LENGTH && !form.isBlank()) {
      forms.add(Bytes.owning(bytes));
    }
  }
}
