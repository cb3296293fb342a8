package dev.stepbox.isolation;

/** The limit that ended a step. */
public enum KillReason {
  /** The memory cap: the kernel killed the step. */
  OOM,
  /** The timeout of the step. */
  TIMEOUT,
  /** The pids cap: the step could not make processes and failed. */
  PIDS,
  /** The disk cap. */
  DISK
}
