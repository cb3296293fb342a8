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
import dev.stepbox.isolation.dryrun.DryRunSandboxes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The worker on sandboxes that run nothing. */
class DryRunWorkerTest extends WorkerContract {
  @TempDir Path home;

  @Override
  protected AutoCloseable start(Transport<FromWorker, ToWorker> end) throws Exception {
    return Worker.start(
        TestHome.config(
            home,
            new PlainLayerCache(home.resolve("store")),
            new DryRunSandboxes(System::nanoTime)),
        end);
  }

  @Override
  protected StepAssignment step(int index, Behaviour behaviour) {
    return switch (behaviour) {
      case Behaviour.Prints prints -> shell(index, null, "OUTPUT", prints.text());
      case Behaviour.Exits exits -> shell(index, null, "EXIT", Integer.toString(exits.code()));
      case Behaviour.Hangs hangs -> shell(index, null, "OUTPUT", hangs.text(), "SLEEP", "600000");
      case Behaviour.CannotStart _ -> shell(index, null, "FAIL_TO_START", "as told");
      case Behaviour.TimesOut slow -> shell(index, slow.timeout(), "SLEEP", "600000");
      case Behaviour.PrintsVariable _ -> shell(index, null, "OUTPUT", SECRET);
    };
  }

  private static StepAssignment shell(int index, @Nullable Duration timeout, String... keys) {
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    for (int i = 0; i < keys.length; i += 2) {
      environment.put("STEPBOX_DRYRUN_" + keys[i], keys[i + 1]);
    }
    return new StepAssignment(
        index,
        "step " + index,
        new Position("stepbox.yaml", 1 + index),
        environment,
        new Action.Shell(
            "true",
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
