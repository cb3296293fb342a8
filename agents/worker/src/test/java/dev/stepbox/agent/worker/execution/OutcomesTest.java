package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.StepReport;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OutcomesTest {
  static Stream<Arguments> ends() {
    StepReport none = StepReport.UNKNOWN;
    return Stream.of(
        Arguments.of(new SandboxExit.Exited(0, none), new StepOutcome.Succeeded()),
        Arguments.of(new SandboxExit.Exited(3, none), new StepOutcome.Failed(3, null)),
        Arguments.of(
            new SandboxExit.Signaled(11, none), new StepOutcome.Killed(KillReason.SIGNAL, 139)),
        Arguments.of(killed(dev.stepbox.isolation.KillReason.OOM), killed(KillReason.OOM, 137)),
        Arguments.of(
            killed(dev.stepbox.isolation.KillReason.TIMEOUT), killed(KillReason.TIMEOUT, 143)),
        Arguments.of(killed(dev.stepbox.isolation.KillReason.DISK), killed(KillReason.DISK, 143)),
        Arguments.of(killed(dev.stepbox.isolation.KillReason.PIDS), killed(KillReason.PIDS, 1)),
        Arguments.of(new SandboxExit.Cancelled(none), new StepOutcome.Cancelled("somebody", null)),
        Arguments.of(
            new SandboxExit.NotStarted("mount proc", 1, "no", none),
            new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, "no")),
        Arguments.of(
            new SandboxExit.NotStarted("run through", 0, "no such file", none),
            new StepOutcome.Errored(
                AgentErrorCode.SANDBOX_NOT_STARTED,
                "no such file. These are the words of the program that --runtime names. Caps on"
                    + " memory and processes must leave room for it; or run without --runtime.")),
        Arguments.of(
            new SandboxExit.Lost("gone", none),
            new StepOutcome.Errored(AgentErrorCode.SANDBOX_LOST, "gone")));
  }

  private static SandboxExit killed(dev.stepbox.isolation.KillReason reason) {
    return new SandboxExit.Killed(reason, StepReport.UNKNOWN);
  }

  private static StepOutcome killed(KillReason reason, int exitCode) {
    return new StepOutcome.Killed(reason, exitCode);
  }

  @ParameterizedTest
  @MethodSource("ends")
  void everyEndOfASandboxIsAnOutcome(SandboxExit exit, StepOutcome outcome) {
    assertThat(Outcomes.of(exit, "somebody")).isEqualTo(outcome);
  }
}
