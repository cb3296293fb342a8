package dev.stepbox.pipeline.model;

/** What a step reaches over the network. */
public enum NetworkMode {
  /** Nothing but its own loopback. */
  NONE,
  /** The build's own network with egress; neither the host's loopback nor metadata addresses. */
  BUILD,
  /** The network of the machine; the operator must allow it. */
  HOST
}
