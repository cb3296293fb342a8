package dev.stepbox.agent.worker;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Behaviour;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.agent.protocol.WorkerContract;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The worker on real sandboxes. */
class LinuxWorkerIT extends WorkerContract {
  @RegisterExtension private final RealHome home = new RealHome();

  @Override
  protected AutoCloseable start(Transport<FromWorker, ToWorker> end) throws Exception {
    return Worker.start(home.config(), end);
  }

  @Override
  protected StepAssignment step(int index, Behaviour behaviour) {
    return switch (behaviour) {
      case Behaviour.Prints prints -> shell(index, "echo '" + prints.text() + "'", null);
      case Behaviour.Exits exits -> shell(index, "exit " + exits.code(), null);
      case Behaviour.Hangs hangs ->
          shell(index, "echo '" + hangs.text() + "'; exec sleep 600", null);
      case Behaviour.CannotStart _ -> withTooLittleMemory(index);
      case Behaviour.TimesOut slow -> shell(index, "exec sleep 600", slow.timeout());
      case Behaviour.PrintsVariable variable ->
          shell(index, "echo \"$" + variable.name() + "\"", null);
    };
  }

  private static StepAssignment shell(int index, String script, @Nullable Duration timeout) {
    return new StepAssignment(
        index,
        "step " + index,
        new Position("stepbox.yaml", 1 + index),
        new LinkedHashMap<>(),
        new Action.Shell(
            script,
            Interpreter.SH,
            null,
            Caps.none(),
            timeout,
            List.of(),
            NetworkMode.NONE,
            Terminal.NONE,
            Nesting.NONE));
  }

  /** No kernel starts a process in it, so isolation refuses it. */
  private static StepAssignment withTooLittleMemory(int index) {
    StepAssignment plain = shell(index, "true", null);
    return new StepAssignment(
        index,
        plain.label(),
        plain.position(),
        plain.environment(),
        new Action.Shell(
            "true",
            Interpreter.SH,
            null,
            new Caps(null, 1L, null, null),
            null,
            List.of(),
            NetworkMode.NONE,
            Terminal.NONE,
            Nesting.NONE));
  }
}
