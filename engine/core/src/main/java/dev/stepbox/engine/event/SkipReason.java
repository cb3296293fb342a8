package dev.stepbox.engine.event;

/** Why a stage was not run. */
public enum SkipReason {
  /** Its {@code when} did not hold; counts as met for the stages that need it. */
  WHEN,
  /** It was not asked for with {@code --stage}; counts as met for the stages that need it. */
  NOT_SELECTED,
  /** A stage it needs did not succeed. */
  NEED,
  /** A sibling with {@code failFast} failed. */
  FAIL_FAST,
  /** The build was stopped before the stage began. */
  CANCELLED
}
