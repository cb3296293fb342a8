package dev.stepbox.security;

/**
 * How a check ended. Of two, the later one counts: what does not apply to one may be held by
 * another.
 */
enum Verdict {
  NOT_APPLICABLE("not applicable"),
  HELD("held"),
  THEIRS("theirs"),
  DEVIATES("documented deviation"),
  FAILED("FAILED");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  Verdict worse(Verdict other) {
    return compareTo(other) > 0 ? this : other;
  }

  @Override
  public String toString() {
    return words;
  }
}
