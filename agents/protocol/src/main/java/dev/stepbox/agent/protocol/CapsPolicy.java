package dev.stepbox.agent.protocol;

/** What happens to a step with a cap that this machine cannot enforce. */
public enum CapsPolicy {
  /** The step does not start; it is errored with {@link AgentErrorCode#CAP_UNENFORCED}. */
  REQUIRE,
  /** The step runs, and each such step has an announcement that names the cap and the reason. */
  ANNOUNCE
}
