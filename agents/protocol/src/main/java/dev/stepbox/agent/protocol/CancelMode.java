package dev.stepbox.agent.protocol;

/** How a stage is cancelled. */
public enum CancelMode {
  /** The running step gets TERM and its grace, the other steps are cancelled, post blocks run. */
  GRACEFUL,
  /** Everything is killed at once, post blocks do not run. */
  KILL
}
