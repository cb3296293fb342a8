package dev.stepbox.agent.protocol;

/** When the steps of a post block run; declared in the order in which they run. */
public enum PostCondition {
  /** Whatever happened. */
  ALWAYS,
  /** After a timeout of the stage or a cancellation. */
  ABORTED,
  /** When nothing failed, in a post condition before this one neither. */
  SUCCESS,
  /** After a failure, also one of the infrastructure or of a post condition before this one. */
  FAILURE,
  /** Whatever happened, as the last. */
  CLEANUP
}
