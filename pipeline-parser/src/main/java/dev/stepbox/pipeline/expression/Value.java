package dev.stepbox.pipeline.expression;

/** The value of an expression or of a part of it. */
sealed interface Value extends Comparable<Value> {
  record Text(String text) implements Value {}

  record Whole(long number) implements Value {}

  record Truth(boolean holds) implements Value {}

  /** Texts compare by code points; the check has made sure that the types are the same. */
  @Override
  default int compareTo(Value other) {
    return switch (this) {
      case Text text when other instanceof Text(String theirs) -> compareTexts(text.text(), theirs);
      case Whole number when other instanceof Whole(long theirs) ->
          Long.compare(number.number(), theirs);
      case Truth truth when other instanceof Truth(boolean theirs) ->
          Boolean.compare(truth.holds(), theirs);
      case Text _, Whole _, Truth _ ->
          throw new IllegalStateException("cannot compare " + this + " with " + other);
    };
  }

  private static int compareTexts(String one, String other) {
    int shorter = Math.min(one.length(), other.length());
    int at = 0;
    while (at < shorter && one.charAt(at) == other.charAt(at)) {
      at++;
    }
    if (at == shorter) {
      return Integer.compare(one.length(), other.length());
    }
    if (at > 0 && Character.isSurrogatePair(one.charAt(at - 1), one.charAt(at))) {
      at--;
    }
    return Integer.compare(one.codePointAt(at), other.codePointAt(at));
  }
}
