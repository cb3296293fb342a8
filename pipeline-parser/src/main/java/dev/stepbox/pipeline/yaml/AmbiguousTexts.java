package dev.stepbox.pipeline.yaml;

/**
 * Plain texts that readers of YAML 1.1 take for something else: {@code no} for false, {@code 1.10}
 * for 1.1, {@code 12:30} for 750, {@code 010} for 8. They are texts here, as they stand.
 */
final class AmbiguousTexts {
  static boolean isAmbiguous(String text) {
    return isOldBoolean(text) || isOldNumber(text);
  }

  private static boolean isOldBoolean(String text) {
    return switch (text) {
      case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON" -> true;
      case "n", "N", "no", "No", "NO", "off", "Off", "OFF" -> true;
      default -> false;
    };
  }

  private static boolean isOldNumber(String text) {
    int dots = 0;
    int colons = 0;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      if (character == '.') {
        dots++;
      } else if (character == ':') {
        colons++;
      } else if (character < '0' || character > '9') {
        return false;
      }
    }
    if (text.isEmpty() || !isDigit(text.charAt(0)) || !isDigit(text.charAt(text.length() - 1))) {
      return false;
    }
    boolean isTime = colons > 0 && dots == 0;
    boolean losesZero = dots == 1 && colons == 0 && text.endsWith("0");
    boolean isOctal = dots == 0 && colons == 0 && text.length() > 1 && text.startsWith("0");
    return isTime || losesZero || isOctal;
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }

  private AmbiguousTexts() {}
}
