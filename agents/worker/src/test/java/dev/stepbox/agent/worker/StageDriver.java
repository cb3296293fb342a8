package dev.stepbox.agent.worker;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.FromWorker.BuildReleased;
import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.RecordedWorker;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.protocol.ToWorker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A worker, and an engine that sends it stages of one build and waits for their end. */
final class StageDriver implements AutoCloseable {
  static final String BUILD = "1";

  private final RecordedWorker engine;
  private final Worker worker;
  private int stages;

  StageDriver(WorkerConfig config) throws InterruptedException {
    InProcessTransport transport = InProcessTransport.create();
    engine = new RecordedWorker(transport.engineEnd());
    worker = Worker.start(config, transport.workerEnd());
  }

  RecordedWorker engine() {
    return engine;
  }

  static Snapshot emptyOnHost() {
    return Snapshot.of(RootImage.host());
  }

  static Action.Shell sh(String script) {
    return sh(script, null);
  }

  static Action.Shell sh(String script, @Nullable RootImage image, String... caches) {
    return new Action.Shell(
        script,
        Interpreter.SH,
        image,
        Caps.none(),
        null,
        List.of(caches),
        NetworkMode.NONE,
        Terminal.NONE,
        Nesting.NONE);
  }

  static Assignment assignment(String stage, Snapshot base, Action... actions) {
    List<StepAssignment> steps = new ArrayList<>();
    for (Action action : actions) {
      steps.add(
          new StepAssignment(
              steps.size(),
              "step " + steps.size(),
              new Position("stepbox.yaml", 1),
              new LinkedHashMap<>(),
              action));
    }
    var demands =
        new Demands(
            Set.of(NetworkMode.NONE),
            Set.of(),
            Demands.HostImage.USED,
            Set.of(Isolation.CONTAINER),
            CapsPolicy.REQUIRE);
    return Assignment.builder(new AttemptId(BUILD, stage, 1), demands, base).steps(steps).build();
  }

  /** Runs a stage to its end. */
  StageFinished run(Snapshot base, Action... actions) throws InterruptedException {
    return run(assignment("stage-" + stages++, base, actions));
  }

  StageFinished run(Assignment assignment) throws InterruptedException {
    engine.send(new ToWorker.RunStage(assignment));
    return engine.awaitEnd(assignment.attempt());
  }

  String output(StageFinished end, int step) {
    return engine.output(end.attempt(), step);
  }

  void release() throws InterruptedException {
    engine.send(new ToWorker.ReleaseBuild(BUILD));
    BuildReleased ignored = engine.await(BuildReleased.class, each -> each.build().equals(BUILD));
  }

  @Override
  public void close() {
    engine.close();
    worker.close();
  }
}
