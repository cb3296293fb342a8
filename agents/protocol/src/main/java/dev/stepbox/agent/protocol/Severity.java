package dev.stepbox.agent.protocol;

/** How much an announcement matters. */
public enum Severity {
  /** Good to know. */
  INFO,
  /** Something is less than was asked for. */
  WARNING
}
