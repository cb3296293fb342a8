package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.EventJson;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.TestPipeline;
import dev.stepbox.engine.plan.TestPipeline.Part;
import dev.stepbox.engine.run.SimulatedWorker.Fate;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BuildMachineTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private static Simulation simulate(BuildPlan plan, int parallel, Map<String, Fate> fates) {
    return new Simulation(
        plan,
        parallel,
        (_, step) -> fates.getOrDefault(step.label(), SimulatedWorker.succeeds(SECOND)));
  }

  private static Fate fails() {
    return new Fate(new StepOutcome.Failed(1, null), SECOND);
  }

  private static Fate lasts(int seconds) {
    return SimulatedWorker.succeeds(Duration.ofSeconds(seconds));
  }

  @Test
  void twoChainsOfOneAndNineSecondsTakeTenInAll() {
    BuildPlan plan =
        new TestPipeline().stage("A1").stage("A2", "A1").stage("B1").stage("B2", "B1").plan();
    Simulation run =
        simulate(
                plan,
                2,
                Map.of(
                    "echo A1", lasts(1), "echo A2", lasts(9), "echo B1", lasts(9), "echo B2",
                    lasts(1)))
            .run();
    assertThat(run.outcome()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(run.elapsed()).isBetween(Duration.ofSeconds(10), Duration.ofMillis(10_100));
  }

  @Test
  void noMoreStagesRunAtOneTimeThanAllowed() {
    var pipeline = new TestPipeline();
    for (int i = 0; i < 9; i++) {
      pipeline.stage("S" + i);
    }
    Simulation run = simulate(pipeline.plan(), 3, Map.of()).run();
    assertThat(run.runningMax()).isEqualTo(3);
    assertThat(run.elapsed()).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3_100));
  }

  @Test
  void aFailureSkipsWhatNeedsItAndTheOtherBranchesGoOn() {
    BuildPlan plan =
        new TestPipeline()
            .stage("A")
            .stage("B", "A")
            .stage("C", "B")
            .stage("X")
            .stage("Y", "X")
            .plan();
    Simulation run = simulate(plan, 4, Map.of("echo A", fails())).run();
    assertThat(run.outcome()).isEqualTo(StageResult.FAILED);
    assertThat(skipped(run, "B")).isEqualTo(SkipReason.NEED);
    assertThat(skipped(run, "C")).isEqualTo(SkipReason.NEED);
    assertThat(state(run, "Y")).isEqualTo(StageState.SUCCEEDED);
    assertThat(finished(run).because()).isEqualTo("stage 'A': exit 1");
  }

  @Test
  void aStageThatIsSkippedByItsConditionCountsAsMetAndHandsThrough() {
    BuildPlan plan =
        new TestPipeline().stage("A").add(new Part("B").needs("A").skip()).stage("C", "B").plan();
    Simulation run = simulate(plan, 4, Map.of()).run();
    assertThat(skipped(run, "B")).isEqualTo(SkipReason.WHEN);
    assertThat(run.progress().stage("C").base())
        .isEqualTo(new Snapshot(RootImage.host(), List.of(), List.of("1-a")));
    assertThat(order(run, "A", "B", "C")).isTrue();
  }

  @Test
  void aFailureIsHandedThroughASkippedStage() {
    BuildPlan plan =
        new TestPipeline().stage("A").add(new Part("B").needs("A").skip()).stage("C", "B").plan();
    Simulation run = simulate(plan, 4, Map.of("echo A", fails())).run();
    assertThat(skipped(run, "B")).isEqualTo(SkipReason.NEED);
    assertThat(skipped(run, "C")).isEqualTo(SkipReason.NEED);
  }

  @Test
  void failFastStopsTheSiblingsOnly() {
    BuildPlan plan =
        new TestPipeline()
            .add(new Part("T / a").group("T", FailFast.ON))
            .add(new Part("T / b").group("T", FailFast.ON))
            .add(new Part("T / c").group("T", FailFast.ON))
            .stage("Other")
            .plan();
    Simulation run =
        simulate(
                plan,
                2,
                Map.of("echo T / a", fails(), "echo T / b", lasts(60), "echo Other", lasts(5)))
            .run();
    assertThat(state(run, "T / b")).isEqualTo(StageState.ABORTED);
    assertThat(skipped(run, "T / c")).isEqualTo(SkipReason.FAIL_FAST);
    assertThat(state(run, "Other")).isEqualTo(StageState.SUCCEEDED);
    assertThat(run.outcome()).isEqualTo(StageResult.FAILED);
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(8));
  }

  @Test
  void aGracefulStopRunsPostConditionsAndThePostBlock() {
    BuildPlan plan =
        new TestPipeline()
            .add(
                new Part("A").post(PostCondition.ABORTED, "tell").post(PostCondition.CLEANUP, "rm"))
            .stage("B", "A")
            .post(PostCondition.ABORTED, "notify")
            .post(PostCondition.SUCCESS, "cheer")
            .plan();
    Simulation run =
        simulate(plan, 2, Map.of("echo A", lasts(60)))
            .cancelAfter(Duration.ofSeconds(3), CancelMode.GRACEFUL)
            .run();
    assertThat(run.outcome()).isEqualTo(StageResult.ABORTED);
    assertThat(skipped(run, "B")).isEqualTo(SkipReason.CANCELLED);
    assertThat(started(run))
        .containsExactly("A/1", "A/aborted/1", "A/cleanup/1", "(post)/aborted/1");
    assertThat(finished(run).because()).isEqualTo("stopped by test");
  }

  @Test
  void aKillRunsNothingMore() {
    BuildPlan plan =
        new TestPipeline()
            .add(new Part("A").post(PostCondition.CLEANUP, "rm"))
            .post(PostCondition.ALWAYS, "notify")
            .plan();
    Simulation run =
        simulate(plan, 2, Map.of("echo A", lasts(60)))
            .cancelAfter(Duration.ofSeconds(3), CancelMode.KILL)
            .run();
    assertThat(run.outcome()).isEqualTo(StageResult.ABORTED);
    assertThat(started(run)).containsExactly("A/1");
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void aSecondStopKillsWhatTheFirstLeftRunning() {
    BuildPlan plan =
        new TestPipeline().add(new Part("A").post(PostCondition.ALWAYS, "slow")).plan();
    Simulation run =
        simulate(plan, 2, Map.of("echo A", lasts(60), "slow", lasts(600)))
            .cancelAfter(Duration.ofSeconds(3), CancelMode.GRACEFUL)
            .cancelAfter(Duration.ofSeconds(9), CancelMode.KILL)
            .run();
    assertThat(run.outcome()).isEqualTo(StageResult.ABORTED);
    assertThat(run.elapsed()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
  }

  @Test
  void theTimeoutOfTheBuildStopsItGracefully() {
    BuildPlan plan =
        new TestPipeline()
            .stage("A")
            .post(PostCondition.ALWAYS, "notify")
            .timeout(Duration.ofSeconds(30))
            .plan();
    Simulation run = simulate(plan, 2, Map.of("echo A", lasts(600))).run();
    assertThat(run.outcome()).isEqualTo(StageResult.ABORTED);
    assertThat(finished(run).because()).isEqualTo("stopped by the timeout of 30s");
    assertThat(started(run)).containsExactly("A/1", "(post)/always/1");
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(35));
  }

  @Test
  void aMachineThatCannotIsolateIsToldOnce() {
    BuildPlan plan =
        new TestPipeline().stage("A").stage("B").stage("C").post(PostCondition.ALWAYS, "x").plan();
    var unfit =
        new Fate(
            new StepOutcome.Errored(AgentErrorCode.CANNOT_ISOLATE, "no user namespaces"), SECOND);
    Simulation run = simulate(plan, 1, Map.of("echo A", unfit)).run();
    assertThat(run.outcome()).isEqualTo(StageResult.ERRORED);
    assertThat(finished(run).code()).isEqualTo(AgentErrorCode.CANNOT_ISOLATE.id());
    assertThat(started(run)).isEmpty();
    assertThat(state(run, "C")).isEqualTo(StageState.SKIPPED);
    assertThat(state(run, BuildPlan.POST_STAGE)).isEqualTo(StageState.SKIPPED);
  }

  @Test
  void anErrorOfOneStageLeavesTheOthersRunning() {
    BuildPlan plan = new TestPipeline().stage("A").stage("B").plan();
    var errored =
        new Fate(new StepOutcome.Errored(AgentErrorCode.IMAGE_UNUSABLE, "bad image"), SECOND);
    Simulation run = simulate(plan, 1, Map.of("echo A", errored)).run();
    assertThat(state(run, "B")).isEqualTo(StageState.SUCCEEDED);
    assertThat(run.outcome()).isEqualTo(StageResult.ERRORED);
    assertThat(finished(run).because()).isEqualTo("stage 'A': bad image");
  }

  @Test
  void aLostWorkerEndsTheBuild() {
    BuildPlan plan = new TestPipeline().stage("A").stage("B").stage("C", "B").plan();
    Simulation run =
        simulate(plan, 1, Map.of("echo A", lasts(60)))
            .loseWorkerAfter(SECOND.multipliedBy(3))
            .run();
    assertThat(run.outcome()).isEqualTo(StageResult.ERRORED);
    assertThat(finished(run).code()).isEqualTo("E301");
    assertThat(state(run, "A")).isEqualTo(StageState.ERRORED);
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void aBuildInWhichNothingRunsSucceeds() {
    BuildPlan plan = new TestPipeline().add(new Part("A").skip()).plan();
    Simulation run = simulate(plan, 1, Map.of()).run();
    assertThat(run.outcome()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(run.events()).hasSize(3);
  }

  @Test
  void equalInputsGiveEqualJournals() {
    BuildPlan plan =
        new TestPipeline().stage("A").stage("B").stage("C", "A", "B").stage("D", "A").plan();
    List<BuildEvent> first = simulate(plan, 2, Map.of()).run().events();
    assertThat(simulate(plan, 2, Map.of()).run().events()).isEqualTo(first);
    assertThat(first).allMatch(event -> EventJson.read(EventJson.write(event)).equals(event));
  }

  @Test
  void whereverTheEngineIsKilledTheBuildEndsTheSame() {
    BuildPlan plan =
        new TestPipeline()
            .add(new Part("A").scripts("a1", "a2").post(PostCondition.ALWAYS, "a3"))
            .stage("B")
            .add(new Part("C").needs("A", "B"))
            .add(new Part("D").needs("B").skip())
            .stage("E", "C", "D")
            .post(PostCondition.SUCCESS, "cheer")
            .plan();
    Simulation whole = simulate(plan, 2, Map.of()).run();
    for (int at = 0; at < whole.effects(); at++) {
      int crash = at;
      Simulation cut = simulate(plan, 2, Map.of()).crashBefore(count -> count == crash).run();
      assertThat(cut.outcome()).isEqualTo(StageResult.SUCCEEDED);
      assertThat(started(cut)).containsExactlyInAnyOrderElementsOf(started(whole));
    }
  }

  private static StageState state(Simulation run, String stage) {
    return run.progress().stage(stage).state();
  }

  private static @Nullable SkipReason skipped(Simulation run, String stage) {
    return run.progress().stage(stage).skipReason();
  }

  private static BuildEvent.BuildFinished finished(Simulation run) {
    return (BuildEvent.BuildFinished) run.events().getLast();
  }

  private static List<String> started(Simulation run) {
    return run.events().stream()
        .filter(BuildEvent.StepStarted.class::isInstance)
        .map(event -> ((BuildEvent.StepStarted) event).step().toString())
        .toList();
  }

  private static boolean order(Simulation run, String... stages) {
    List<String> ends =
        run.events().stream()
            .flatMap(event ->
                switch (event) {
                  case BuildEvent.StageFinished e -> List.of(e.stage()).stream();
                  case BuildEvent.StageSkipped e -> List.of(e.stage()).stream();
                  default -> List.<String>of().stream();
                })
            .toList();
    return ends.equals(List.of(stages));
  }
}
