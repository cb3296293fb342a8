package dev.stepbox.security;

/**
 * What one run of a check has shown.
 *
 * @param text in few words, the same in every run
 */
record Sight(Verdict verdict, String text) {

  /** Nothing was looked at. */
  static final Sight NONE = new Sight(Verdict.NOT_APPLICABLE, "–");

  static Sight held(String text) {
    return new Sight(Verdict.HELD, text);
  }

  static Sight failed(String text) {
    return new Sight(Verdict.FAILED, text);
  }

  /** Both were seen: of two stages of one check, for instance. */
  Sight and(Sight other) {
    String both =
        text.contains(other.text) || other.text.equals("–")
            ? text
            : text.equals("–") ? other.text : text + "; " + other.text;
    return new Sight(verdict.worse(other.verdict), both);
  }
}
