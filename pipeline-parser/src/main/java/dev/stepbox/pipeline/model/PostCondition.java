package dev.stepbox.pipeline.model;

/** When a group of {@code post} steps runs; the constants stand in the order in which they run. */
public enum PostCondition {
  /** After every end. */
  ALWAYS("always"),
  /** After a cancellation or a timeout. */
  ABORTED("aborted"),
  /** After success. */
  SUCCESS("success"),
  /** After a failure. */
  FAILURE("failure"),
  /** After every end, when all other conditions have run. */
  CLEANUP("cleanup");

  private final String keyword;

  PostCondition(String keyword) {
    this.keyword = keyword;
  }

  /** The key in a pipeline. */
  public String keyword() {
    return keyword;
  }
}
