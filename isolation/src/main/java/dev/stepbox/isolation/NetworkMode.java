package dev.stepbox.isolation;

/** What a step can reach. */
public enum NetworkMode {
  /** Its own loopback interface only. */
  NONE,
  /** The build's own network: outward connections, but not the host's loopback or metadata. */
  BUILD,
  /** The host's network, with everything that listens on it. The operator must allow it. */
  HOST
}
