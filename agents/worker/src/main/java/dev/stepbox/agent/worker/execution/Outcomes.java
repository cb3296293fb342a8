package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.isolation.SandboxExit;

/** Puts the words of isolation about a step's end into those of the protocol. */
final class Outcomes {
  private static final int SIGNAL_BASE = 128;
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;
  private static final String RUNTIME = "run through";

  private Outcomes() {}

  /**
   * How the step ended; an {@linkplain Unexecuted unexecuted} one is not for here.
   *
   * @param cancelledBy who cancelled, if it was cancelled
   */
  static StepOutcome of(SandboxExit exit, String cancelledBy) {
    return switch (exit) {
      case SandboxExit.Exited exited when exited.code() == 0 -> new StepOutcome.Succeeded();
      case SandboxExit.Exited exited -> new StepOutcome.Failed(exited.code(), null);
      case SandboxExit.Signaled signaled ->
          new StepOutcome.Killed(KillReason.SIGNAL, SIGNAL_BASE + signaled.signal());
      case SandboxExit.Killed killed -> killed(killed);
      case SandboxExit.Cancelled _ -> new StepOutcome.Cancelled(cancelledBy, null);
      case SandboxExit.NotStarted failed when failed.operation().equals(RUNTIME) ->
          new StepOutcome.Errored(
              AgentErrorCode.SANDBOX_NOT_STARTED,
              failed.message()
                  + ". These are the words of the program that --runtime names. Caps on memory and"
                  + " processes must leave room for it; or run without --runtime.");
      case SandboxExit.NotStarted failed ->
          new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, failed.message());
      case SandboxExit.Lost lost ->
          new StepOutcome.Errored(AgentErrorCode.SANDBOX_LOST, lost.message());
    };
  }

  private static StepOutcome killed(SandboxExit.Killed killed) {
    return switch (killed.reason()) {
      case OOM -> new StepOutcome.Killed(KillReason.OOM, SIGNAL_BASE + SIGKILL);
      case TIMEOUT -> new StepOutcome.Killed(KillReason.TIMEOUT, SIGNAL_BASE + SIGTERM);
      case DISK -> new StepOutcome.Killed(KillReason.DISK, SIGNAL_BASE + SIGTERM);
      // Nothing is killed for it: the step itself gave up.
      case PIDS -> new StepOutcome.Killed(KillReason.PIDS, 1);
    };
  }

  static Usage usage(dev.stepbox.isolation.Usage used) {
    return new Usage(
        used.cpu(),
        used.throttled(),
        used.memoryPeakBytes(),
        used.pidsPeak(),
        used.readBytes(),
        used.writtenBytes());
  }
}
