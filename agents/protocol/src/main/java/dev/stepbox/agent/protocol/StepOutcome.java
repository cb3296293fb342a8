package dev.stepbox.agent.protocol;

import org.jspecify.annotations.Nullable;

/**
 * How a step ended. An exit code appears only where the step's process really ran, or, as a shell
 * would tell it, where its program could not be executed.
 */
public sealed interface StepOutcome {
  /** Exit code 0, or a built-in action that did its work. */
  record Succeeded() implements StepOutcome {}

  /**
   * The step's own fault.
   *
   * @param exitCode of its process; 127 or 126 where its program was not found or could not be
   *     executed; null for a built-in action
   * @param message why it failed, where the exit code does not say it; else null
   */
  record Failed(@Nullable Integer exitCode, @Nullable String message) implements StepOutcome {}

  /**
   * Ended from outside its program.
   *
   * @param exitCode 128 plus the signal's number when a signal ended it, else the exit code
   */
  record Killed(KillReason reason, int exitCode) implements StepOutcome {}

  /**
   * Ended, or not begun, because the stage was cancelled or timed out.
   *
   * @param by who or what, for people
   * @param exitCode of a process that was running; null when none was
   */
  record Cancelled(String by, @Nullable Integer exitCode) implements StepOutcome {}

  /**
   * Not run, by design: a step before it failed, or its post condition does not hold.
   *
   * @param because the reason, for people
   */
  record Skipped(String because) implements StepOutcome {}

  /**
   * Ours or the machine's fault.
   *
   * @param message what was tried, on what, what went wrong, what to do
   */
  record Errored(AgentErrorCode code, String message) implements StepOutcome {}
}
