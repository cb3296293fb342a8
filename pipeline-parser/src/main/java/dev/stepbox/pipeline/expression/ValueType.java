package dev.stepbox.pipeline.expression;

/** The types of values. */
public enum ValueType {
  TEXT("a text"),
  NUMBER("a number"),
  TRUTH("true or false");

  private final String phrase;

  ValueType(String phrase) {
    this.phrase = phrase;
  }

  String phrase() {
    return phrase;
  }
}
