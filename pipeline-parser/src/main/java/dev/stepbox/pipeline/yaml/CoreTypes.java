package dev.stepbox.pipeline.yaml;

import java.util.regex.Pattern;

/** What YAML 1.2 (its core schema) takes a plain text for. */
enum CoreTypes {
  TEXT("a text"),
  NUMBER("a number"),
  BOOLEAN("a boolean");

  private static final Pattern NUMBER_FORM =
      Pattern.compile(
          "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
              + "|[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
              + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

  private final String phrase;

  CoreTypes(String phrase) {
    this.phrase = phrase;
  }

  String phrase() {
    return phrase;
  }

  static CoreTypes of(String text) {
    return switch (text) {
      case "true", "True", "TRUE", "false", "False", "FALSE" -> BOOLEAN;
      default -> isNumber(text) ? NUMBER : TEXT;
    };
  }

  private static boolean isNumber(String text) {
    char first = text.isEmpty() ? 'x' : text.charAt(0);
    boolean mayBe = (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.';
    return mayBe && NUMBER_FORM.matcher(text).matches();
  }
}
