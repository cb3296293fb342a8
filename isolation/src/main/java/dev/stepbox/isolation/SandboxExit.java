package dev.stepbox.isolation;

/**
 * How a step ended. {@link Exited}, {@link Signaled} and {@link Killed} mean that the command was
 * executed; {@link NotStarted} means that it never was.
 */
public sealed interface SandboxExit {

  /** Times and resources; empty for {@link NotStarted} and {@link Lost} as far as unknown. */
  StepReport report();

  /**
   * The command ended by itself.
   *
   * @param code 0 to 255
   */
  record Exited(int code, StepReport report) implements SandboxExit {}

  /**
   * A signal that was not ours ended the command.
   *
   * @param signal its number
   */
  record Signaled(int signal, StepReport report) implements SandboxExit {}

  /** A limit of the step ended it. */
  record Killed(KillReason reason, StepReport report) implements SandboxExit {}

  /** {@link RunningSandbox#terminate} or {@link RunningSandbox#kill} ended it. */
  record Cancelled(StepReport report) implements SandboxExit {}

  /**
   * The sandbox could not be set up; the command did not run.
   *
   * @param operation what was tried, for example {@code mount proc}
   * @param errno the kernel's answer, 0 if it gave none
   * @param message the whole reason in words
   */
  record NotStarted(String operation, int errno, String message, StepReport report)
      implements SandboxExit {}

  /**
   * The supervisor died, so nobody knows how the step would have ended. All its processes are gone.
   */
  record Lost(String message, StepReport report) implements SandboxExit {}
}
