package dev.stepbox.agent.protocol;

/** How a stage or a build ended, worst last. */
public enum StageResult {
  /** Every step succeeded or was skipped by design. */
  SUCCEEDED,
  /** A step's own fault: its exit code, or a cap it ran into. */
  FAILED,
  /** A timeout of the stage, or a cancellation. */
  ABORTED,
  /** Ours or the machine's fault. */
  ERRORED
}
