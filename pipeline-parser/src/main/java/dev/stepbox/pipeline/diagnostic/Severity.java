package dev.stepbox.pipeline.diagnostic;

/** Whether a pipeline can be used in spite of a diagnostic. */
public enum Severity {
  /** It cannot. */
  ERROR("error"),
  /** It can, but the author probably meant something else. */
  WARNING("warning");

  private final String word;

  Severity(String word) {
    this.word = word;
  }

  /** The word in messages. */
  public String word() {
    return word;
  }
}
