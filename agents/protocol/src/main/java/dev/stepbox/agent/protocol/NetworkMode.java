package dev.stepbox.agent.protocol;

/** What a step's process can reach. */
public enum NetworkMode {
  /** The loopback interface of its own network namespace. */
  NONE,
  /** The build's own network, with egress; not the host's loopback, not link-local addresses. */
  BUILD,
  /** The host's network. */
  HOST
}
