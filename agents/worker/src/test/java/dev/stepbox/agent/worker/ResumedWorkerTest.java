package dev.stepbox.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.FromWorker.Announcement;
import dev.stepbox.agent.protocol.FromWorker.BuildReleased;
import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.FromWorker.StashStored;
import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.agent.protocol.FromWorker.StepStarted;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.RecordedWorker;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StageSettings;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome.Cancelled;
import dev.stepbox.agent.protocol.StepOutcome.Errored;
import dev.stepbox.agent.protocol.StepOutcome.Succeeded;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.dryrun.DryRunSandboxes;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker goes away in the middle of a stage, and another one is told to go on. */
@Timeout(60)
class ResumedWorkerTest {
  private static final AttemptId ATTEMPT = new AttemptId("1", "stage", 1);

  private final Path home;
  private final PlainLayerCache cache;

  private final DryRunSandboxes sandboxes = new DryRunSandboxes(System::nanoTime);

  ResumedWorkerTest(@TempDir Path home) {
    this.home = home;
    this.cache = new PlainLayerCache(home.resolve("store"));
  }

  /** A worker and the engine's end of its connection. */
  private record Running(RecordedWorker engine, Worker worker) implements AutoCloseable {
    @Override
    public void close() {
      engine.close();
      worker.close();
    }
  }

  private Running start(DryRunSandboxes on) throws InterruptedException {
    InProcessTransport transport = InProcessTransport.create();
    var engine = new RecordedWorker(transport.engineEnd());
    return new Running(
        engine, Worker.start(TestHome.config(home, cache, on), transport.workerEnd()));
  }

  @SafeVarargs
  private static Assignment assignment(Map<String, String>... keys) {
    List<StepAssignment> steps = new ArrayList<>();
    for (Map<String, String> step : keys) {
      var environment = new LinkedHashMap<String, String>();
      step.forEach((key, value) -> environment.put("STEPBOX_DRYRUN_" + key, value));
      steps.add(
          new StepAssignment(
              steps.size(),
              "step " + steps.size(),
              new Position("f", 1),
              environment,
              new Action.Shell(
                  "true",
                  Interpreter.SH,
                  null,
                  Caps.none(),
                  null,
                  List.of(),
                  NetworkMode.NONE,
                  Terminal.NONE,
                  Nesting.NONE)));
    }
    var demands =
        new Demands(
            Set.of(),
            Set.of(),
            Demands.HostImage.USED,
            Set.of(Isolation.CONTAINER),
            CapsPolicy.REQUIRE);
    return Assignment.builder(ATTEMPT, demands, Snapshot.of(RootImage.host())).steps(steps).build();
  }

  @Test
  void aRunningStepIsAdoptedAndNoOutputIsLostOrDoubled() throws Exception {
    Assignment assignment =
        assignment(
            Map.of("OUTPUT", "first"),
            Map.of("OUTPUT", "second", "SLEEP", "1500"),
            Map.of("OUTPUT", "third"));
    long known;
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      StepOutput output = before.engine().await(StepOutput.class, each -> each.step() == 1);
      known = output.rawEndOffset();
    }
    try (Running after = start(sandboxes)) {
      after
          .engine()
          .send(
              new ToWorker.ResumeStage(
                  assignment,
                  Instant.now(),
                  List.of(
                      new StepProgress(0, true, 6, new Succeeded()),
                      new StepProgress(1, true, known, null)),
                  null));
      StageFinished end = after.engine().awaitEnd(ATTEMPT);
      assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
      assertThat(after.engine().outcomes(ATTEMPT)).containsOnlyKeys(1, 2);
      assertThat(after.engine().output(ATTEMPT, 1)).isEmpty();
      assertThat(after.engine().output(ATTEMPT, 2)).isEqualTo("third\n");
      assertThat(after.engine().messages(ATTEMPT))
          .noneMatch(message -> message instanceof StepStarted started && started.step() == 1);
    }
  }

  @Test
  void whatTheEngineHasNotHeardOfIsToldInFull() throws Exception {
    Assignment assignment = assignment(Map.of("OUTPUT", "text", "SLEEP", "1500"));
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 0, "text");
    }
    try (Running after = start(sandboxes)) {
      after.engine().send(new ToWorker.ResumeStage(assignment, Instant.now(), List.of(), null));
      assertThat(after.engine().awaitEnd(ATTEMPT).result()).isEqualTo(StageResult.SUCCEEDED);
      assertThat(after.engine().output(ATTEMPT, 0)).isEqualTo("text\n");
      assertThat(after.engine().messages(ATTEMPT))
          .filteredOn(StepStarted.class::isInstance)
          .hasSize(1);
    }
  }

  @Test
  void aStepOfADeadSupervisorIsToldAsLost() throws Exception {
    Assignment assignment = assignment(Map.of("OUTPUT", "text", "SLEEP", "600000"), Map.of());
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 0, "text");
    }
    try (Running after = start(new DryRunSandboxes(System::nanoTime))) {
      after
          .engine()
          .send(
              new ToWorker.ResumeStage(
                  assignment, Instant.now(), List.of(new StepProgress(0, true, 2, null)), null));
      StageFinished end = after.engine().awaitEnd(ATTEMPT);
      assertThat(end.result()).isEqualTo(StageResult.ERRORED);
      assertThat(end.code()).isEqualTo(AgentErrorCode.SANDBOX_LOST);
      assertThat(after.engine().outcomes(ATTEMPT).get(0)).isInstanceOf(Errored.class);
      assertThat(after.engine().output(ATTEMPT, 0)).as("what was left of it").isEqualTo("xt\n");
    }
  }

  @Test
  void aStepWhoseOutputIsKnownIsNotRunAgainWhenTheMachineHasForgottenIt() throws Exception {
    Assignment assignment = assignment(Map.of("OUTPUT", "text"));
    try (Running after = start(sandboxes)) {
      after
          .engine()
          .send(
              new ToWorker.ResumeStage(
                  assignment, Instant.now(), List.of(new StepProgress(0, false, 3, null)), null));
      assertThat(after.engine().awaitEnd(ATTEMPT).code()).isEqualTo(AgentErrorCode.SANDBOX_LOST);
      assertThat(after.engine().output(ATTEMPT, 0)).isEmpty();
    }
  }

  @Test
  void anAdoptedStepCanBeCancelled() throws Exception {
    Assignment assignment = assignment(Map.of("OUTPUT", "text", "SLEEP", "600000"));
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 0, "text");
    }
    try (Running after = start(sandboxes)) {
      after.engine().send(new ToWorker.ResumeStage(assignment, Instant.now(), List.of(), null));
      after.engine().awaitOutput(ATTEMPT, 0, "text");
      after.engine().send(new ToWorker.CancelStage(ATTEMPT, CancelMode.GRACEFUL, "test"));
      assertThat(after.engine().awaitEnd(ATTEMPT).result()).isEqualTo(StageResult.ABORTED);
      assertThat(after.engine().outcomes(ATTEMPT).get(0)).isInstanceOf(Cancelled.class);
    }
  }

  @Test
  void aStepThatIsNotWantedAnyMoreIsMetAndEnded() throws Exception {
    Assignment plain = assignment(Map.of("OUTPUT", "text", "SLEEP", "600000"), Map.of());
    Assignment assignment =
        plain.toBuilder()
            .settings(
                new StageSettings(
                    Duration.ofHours(1),
                    Duration.ofSeconds(1),
                    1000,
                    "a",
                    null,
                    Isolation.CONTAINER))
            .build();
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 0, "text");
    }
    try (Running after = start(sandboxes)) {
      Instant longAgo = Instant.now().minus(Duration.ofHours(2));
      after.engine().send(new ToWorker.ResumeStage(assignment, longAgo, List.of(), null));
      assertThat(after.engine().awaitEnd(ATTEMPT).result()).isEqualTo(StageResult.ABORTED);
      assertThat(after.engine().outcomes(ATTEMPT).get(0)).isInstanceOf(Cancelled.class);
      assertThat(after.engine().output(ATTEMPT, 0)).isEqualTo("text\n");
      assertThat(after.engine().outcomes(ATTEMPT).get(1)).isInstanceOf(Cancelled.class);
    }
    BuildSandbox met = sandboxes.reattach(TestHome.directory(home, "1").run()).orElseThrow();
    assertThat(met.steps())
        .singleElement()
        .satisfies(step -> assertThat(step.await(Duration.ZERO)).isTrue());
    met.close();
  }

  @Test
  void anActionThatWasOverIsToldAndNotDoneAgain() throws Exception {
    Assignment plain = assignment(Map.of(), Map.of("OUTPUT", "text", "SLEEP", "1500"));
    var stash =
        new StepAssignment(
            0,
            "stash",
            new Position("f", 1),
            new LinkedHashMap<>(),
            new Action.Stash("s", List.of("none"), List.of(), Action.WhenEmpty.ALLOW));
    Assignment assignment = plain.toBuilder().steps(List.of(stash, plain.steps().get(1))).build();
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 1, "text");
      assertThat(before.engine().messages(ATTEMPT)).anyMatch(Announcement.class::isInstance);
    }
    try (Running after = start(sandboxes)) {
      after.engine().send(new ToWorker.ResumeStage(assignment, Instant.now(), List.of(), null));
      assertThat(after.engine().awaitEnd(ATTEMPT).result()).isEqualTo(StageResult.SUCCEEDED);
      assertThat(after.engine().outcomes(ATTEMPT))
          .containsExactly(Map.entry(0, new Succeeded()), Map.entry(1, new Succeeded()));
      assertThat(after.engine().messages(ATTEMPT)).anyMatch(StashStored.class::isInstance);
      assertThat(after.engine().messages(ATTEMPT)).noneMatch(Announcement.class::isInstance);
    }
  }

  @Test
  void theTimeoutCountsFromTheFirstStart() throws Exception {
    Assignment plain = assignment(Map.of("OUTPUT", "text", "SLEEP", "600000"));
    Assignment assignment =
        plain.toBuilder()
            .settings(
                new StageSettings(
                    Duration.ofHours(1),
                    Duration.ofSeconds(1),
                    1000,
                    "a",
                    null,
                    Isolation.CONTAINER))
            .build();
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 0, "text");
    }
    try (Running after = start(sandboxes)) {
      after
          .engine()
          .send(
              new ToWorker.ResumeStage(
                  assignment, Instant.now().minus(Duration.ofHours(2)), List.of(), null));
      StageFinished end = after.engine().awaitEnd(ATTEMPT);
      assertThat(end.result()).isEqualTo(StageResult.ABORTED);
      assertThat(end.because()).contains("timeout of 1h");
    }
  }

  @Test
  void aReleaseIsNotCutShortByTheEndOfItsWorker() throws Exception {
    Assignment assignment = assignment(Map.of("OUTPUT", "text", "SLEEP", "600000"));
    try (Running worker = start(sandboxes)) {
      worker.engine().send(new ToWorker.RunStage(assignment));
      worker.engine().awaitOutput(ATTEMPT, 0, "text");
      worker.engine().send(new ToWorker.ReleaseBuild("1"));
    }
    Path run = TestHome.directory(home, "1").run();
    assertThat(run).doesNotExist();
    assertThat(sandboxes.reattach(run)).isEmpty();
    assertThat(cache.openLeases()).isZero();
  }

  @Test
  void aReleaseByALaterWorkerLeavesNothing() throws Exception {
    Assignment assignment = assignment(Map.of("OUTPUT", "text", "SLEEP", "600000"));
    try (Running before = start(sandboxes)) {
      before.engine().send(new ToWorker.RunStage(assignment));
      before.engine().awaitOutput(ATTEMPT, 0, "text");
      assertThat(cache.openLeases()).isEqualTo(1);
    }
    try (Running after = start(sandboxes)) {
      after.engine().send(new ToWorker.ReleaseBuild("1"));
      after.engine().await(BuildReleased.class, _ -> true);
    }
    Path run = TestHome.directory(home, "1").run();
    assertThat(run).doesNotExist();
    assertThat(sandboxes.reattach(run)).isEmpty();
    assertThat(cache.openLeases()).isZero();
    assertThat(cache.openWrites()).isZero();
  }
}
