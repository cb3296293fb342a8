package dev.stepbox.agent.protocol;

/** Whether a step's process can make user namespaces itself. */
public enum Nesting {
  /** None at all. */
  NONE,
  /** As container engines need them; the engine has looked whether the operator allows it. */
  ALLOWED
}
