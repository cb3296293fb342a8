package dev.stepbox.agent.protocol;

/** What happens to a build with a cap that this machine cannot enforce. */
public enum CapsPolicy {
  /** Its first stage here is errored with {@link AgentErrorCode#CAP_UNENFORCED}; no step runs. */
  REQUIRE,
  /** It runs, and each of its steps has an announcement that names the cap and the reason. */
  ANNOUNCE
}
