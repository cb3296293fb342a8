package dev.stepbox.isolation;

/** A resource that can be limited. */
public enum Cap {
  /** Processor time per time. */
  CPU,
  /** Memory, files in memory included; swap is not given. */
  MEMORY,
  /** Processes and threads. */
  PIDS,
  /** Bytes written to the write layers. */
  DISK
}
