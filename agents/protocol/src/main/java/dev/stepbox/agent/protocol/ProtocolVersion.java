package dev.stepbox.agent.protocol;

/** The version of the messages of this package; both ends must speak the same one. */
public final class ProtocolVersion {
  /** Raised with every change that an older peer would misread. */
  public static final int CURRENT = 1;

  private ProtocolVersion() {}
}
