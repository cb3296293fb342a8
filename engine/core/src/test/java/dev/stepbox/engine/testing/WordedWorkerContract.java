package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Behaviour;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.protocol.WorkerContract;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What every worker keeps, for those that are told by a step's words how it behaves. */
public abstract class WordedWorkerContract extends WorkerContract {

  @Override
  protected StepAssignment step(int index, Behaviour behaviour) {
    return switch (behaviour) {
      case Behaviour.Prints prints -> shell(index, "print " + prints.text(), null);
      case Behaviour.Exits exits -> shell(index, "exit " + exits.code(), null);
      case Behaviour.Hangs hangs -> shell(index, "hang " + hangs.text(), null);
      case Behaviour.CannotStart _ -> shell(index, "cannot start", null);
      case Behaviour.TimesOut out -> shell(index, "hang on", out.timeout());
      case Behaviour.PrintsVariable variable -> shell(index, "variable " + variable.name(), null);
    };
  }

  private static StepAssignment shell(int index, String script, @Nullable Duration timeout) {
    return new StepAssignment(
        index,
        script,
        new Position("stepbox.yaml", 1),
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
}
