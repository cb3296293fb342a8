package dev.stepbox.pipeline.model;

/** What stands between the steps of a stage and the machine. */
public enum Isolation {
  /** A container for each step: namespaces, filters and caps on the kernel of the machine. */
  CONTAINER,
  /** The same, in a virtual machine of the stage with a kernel of its own. */
  VM
}
