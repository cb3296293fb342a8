package dev.stepbox.agent.protocol;

/** Why a step's process was killed. */
public enum KillReason {
  /** It ran into its memory cap. */
  OOM,
  /** It ran longer than its own timeout. */
  TIMEOUT,
  /** It ran into its pids cap. */
  PIDS,
  /** It ran into its disk cap. */
  DISK,
  /** A signal that none of the above explains, for example its own SEGV. */
  SIGNAL
}
