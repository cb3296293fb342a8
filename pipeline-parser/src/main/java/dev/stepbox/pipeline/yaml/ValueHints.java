package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.schema.TextRule;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Advice for texts that do not have the right form. */
final class ValueHints {
  static @Nullable String hint(TextRule rule, String text) {
    return switch (rule) {
      case SIZE, MEMORY -> size(text);
      case DURATION -> duration(text);
      case VARIABLE -> variable(text);
      case IMAGE ->
          text.contains("://")
              ? "leave out '" + text.substring(0, text.indexOf("://") + 3) + "'"
              : null;
      case FILE_PATTERN, CACHE_PATH -> text.indexOf('\\') >= 0 ? "separate names with '/'" : null;
      case STASH -> "use '-' instead of spaces and other signs";
      case NAME, AXIS_VALUE, DESCRIPTION, BRANCH_PATTERN ->
          text.isBlank() ? null : "write it on one line";
      case URL -> url(text);
      case VALUE, SCRIPT, EXPRESSION, REVISION -> null;
    };
  }

  /** The same repository by an address of a kind that we fetch from. */
  private static @Nullable String url(String text) {
    int scheme = text.indexOf("://");
    String rest = scheme < 0 ? text.replaceFirst(":", "/") : text.substring(scheme + 3);
    int slash = rest.indexOf('/');
    if (text.startsWith("-") || slash <= 0) {
      return null;
    }
    String host = rest.substring(rest.lastIndexOf('@', slash) + 1, slash).replaceFirst(":.*", "");
    return "for example 'https://" + host + rest.substring(slash) + "'";
  }

  private static String size(String text) {
    if (isZero(text)) {
      return "it must be more than 0";
    }
    String digits = leadingNumber(text);
    String unit = text.substring(digits.length()).strip().toLowerCase(Locale.ROOT);
    String binary =
        switch (unit) {
          case "k", "kb", "kib", "ki" -> "KiB";
          case "m", "mb", "mib", "mi" -> "MiB";
          case "g", "gb", "gib", "gi" -> "GiB";
          case "t", "tb", "tib", "ti" -> "TiB";
          default -> "";
        };
    if (digits.isEmpty() || binary.isEmpty()) {
      return unit.isEmpty() && !digits.isEmpty()
          ? "add a unit: '" + digits + "MiB' or '" + digits + "GiB'"
          : "the units are KiB, MiB, GiB and TiB";
    }
    String meant = digits + binary;
    return meant.equals(text)
        ? "no program starts with so little"
        : "did you mean '" + meant + "'?";
  }

  private static String duration(String text) {
    if (isZero(text)) {
      return "it must be more than 0";
    }
    String digits = leadingNumber(text);
    String unit = text.substring(digits.length()).strip().toLowerCase(Locale.ROOT);
    if (digits.isEmpty() || digits.indexOf('.') >= 0) {
      return "the units are d, h, m and s, in this order";
    }
    String letter =
        switch (unit) {
          case "sec", "secs", "second", "seconds" -> "s";
          case "min", "mins", "minute", "minutes" -> "m";
          case "hr", "hrs", "hour", "hours" -> "h";
          case "day", "days" -> "d";
          case "s", "m", "h", "d" -> unit;
          default -> "";
        };
    if (!letter.isEmpty()) {
      return "did you mean '" + digits + letter + "'?";
    }
    return unit.isEmpty()
        ? "add a unit: '" + digits + "s' or '" + digits + "m'"
        : "the units are d, h, m and s, in this order";
  }

  private static boolean isZero(String text) {
    boolean hasDigit = false;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      if (character >= '1' && character <= '9') {
        return false;
      }
      hasDigit |= character == '0';
    }
    return hasDigit;
  }

  private static String leadingNumber(String text) {
    int end = 0;
    while (end < text.length() && (isDigit(text.charAt(end)) || text.charAt(end) == '.')) {
      end++;
    }
    return text.substring(0, end);
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }

  private static @Nullable String variable(String text) {
    String fixed = text.replace('-', '_').replace('.', '_').replace(' ', '_');
    return TextRule.VARIABLE.accepts(fixed) ? "did you mean '" + fixed + "'?" : null;
  }

  private ValueHints() {}
}
