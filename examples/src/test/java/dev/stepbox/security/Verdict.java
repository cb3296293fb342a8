package dev.stepbox.security;

/** How a check ended, from good to bad. */
enum Verdict {
  HELD("held"),
  NOT_APPLICABLE("not applicable"),
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
