package dev.stepbox.agent.protocol;

/** What stands between the steps of a stage and the machine. */
public enum Isolation {
  /** A container for each step. */
  CONTAINER,
  /** The same, made by the program {@code crun}. */
  CRUN,
  /** The same, made by the program {@code runc}. */
  RUNC,
  /** The same, in a virtual machine of the stage with a kernel of its own. */
  VM
}
