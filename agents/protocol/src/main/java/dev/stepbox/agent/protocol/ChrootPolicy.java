package dev.stepbox.agent.protocol;

/** What happens to a build where a machine gives no namespace to isolate its steps with. */
public enum ChrootPolicy {
  /** Its first stage here is errored with {@link AgentErrorCode#CANNOT_ISOLATE}; no step runs. */
  REFUSE,
  /** Its steps run in chroots if the machine gives these, and an announcement says so. */
  ALLOW
}
