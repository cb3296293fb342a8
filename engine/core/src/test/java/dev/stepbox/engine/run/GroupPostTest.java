package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.Planner;
import dev.stepbox.engine.plan.TestPipeline;
import dev.stepbox.engine.plan.TestPipeline.Part;
import dev.stepbox.engine.run.SimulatedWorker.Fate;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The post block of a parallel stage. */
class GroupPostTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final String POST = "T / (post)";

  private static Part post() {
    return new Part(POST)
        .afterBranches("T")
        .needs("T / a", "T / b")
        .post(PostCondition.ALWAYS, "always")
        .post(PostCondition.ABORTED, "aborted")
        .post(PostCondition.SUCCESS, "success")
        .post(PostCondition.FAILURE, "failure")
        .post(PostCondition.CLEANUP, "cleanup");
  }

  private static TestPipeline pipeline(FailFast failFast) {
    return new TestPipeline()
        .stage("Before")
        .add(new Part("T / a").group("T", failFast).needs("Before"))
        .add(new Part("T / b").group("T", failFast).needs("Before"))
        .add(post())
        .stage("After", "T / a", "T / b", POST);
  }

  private static Simulation simulate(BuildPlan plan, Map<String, Fate> fates) {
    return new Simulation(
        plan, 4, (_, step) -> fates.getOrDefault(step.label(), SimulatedWorker.succeeds(SECOND)));
  }

  private static Fate fails() {
    return new Fate(new StepOutcome.Failed(1, null), SECOND);
  }

  private static Fate lasts(int seconds) {
    return SimulatedWorker.succeeds(Duration.ofSeconds(seconds));
  }

  @Test
  void itRunsWhenAllBranchesAreOverAndBeforeWhatNeedsTheStage() {
    Simulation run = simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / b", lasts(9))).run();
    assertThat(started(run))
        .containsExactly(
            "Before/1",
            "T / a/1",
            "T / b/1",
            "T / (post)/always/1",
            "T / (post)/success/1",
            "T / (post)/cleanup/1",
            "After/1");
    assertThat(run.outcome()).isEqualTo(StageResult.SUCCEEDED);
  }

  @Test
  void itStartsFromAllBranchesAndWhatFollowsFromIt() {
    Simulation run = simulate(pipeline(FailFast.OFF).plan(), Map.of()).run();
    assertThat(workspace(run, POST)).containsExactly("1-before", "2-t-a", "3-t-b");
    assertThat(workspace(run, "After")).containsExactly("1-before", "2-t-a", "3-t-b", "4-t-post");
  }

  @Test
  void aFailedBranchIsAFailureOfTheWhole() {
    Simulation run = simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / a", fails())).run();
    assertThat(started(run))
        .endsWith("T / (post)/always/1", "T / (post)/failure/1", "T / (post)/cleanup/1");
    assertThat(state(run, POST)).isEqualTo(StageState.SUCCEEDED);
    assertThat(skipped(run, "After")).isEqualTo(SkipReason.NEED);
    assertThat(run.outcome()).isEqualTo(StageResult.FAILED);
  }

  @Test
  void branchesThatAFailureStoppedDoNotHideTheFailure() {
    Simulation run =
        simulate(
                pipeline(FailFast.ON).plan(),
                Map.of("echo T / a", fails(), "echo T / b", lasts(60)))
            .run();
    assertThat(state(run, "T / b")).isEqualTo(StageState.ABORTED);
    assertThat(started(run))
        .contains("T / (post)/failure/1")
        .doesNotContain("T / (post)/aborted/1");
    assertThat(run.elapsed()).isLessThan(Duration.ofSeconds(9));
  }

  @Test
  void aStepOfItThatFailsFailsTheStage() {
    Simulation run = simulate(pipeline(FailFast.OFF).plan(), Map.of("always", fails())).run();
    assertThat(state(run, POST)).isEqualTo(StageState.FAILED);
    assertThat(skipped(run, "After")).isEqualTo(SkipReason.NEED);
    assertThat(started(run)).contains("T / (post)/failure/1", "T / (post)/cleanup/1");
  }

  @Test
  void aGracefulStopLetsItRun() {
    Simulation run =
        simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / a", lasts(60)))
            .cancelAfter(Duration.ofSeconds(5), CancelMode.GRACEFUL)
            .run();
    assertThat(started(run))
        .endsWith("T / (post)/always/1", "T / (post)/aborted/1", "T / (post)/cleanup/1");
    assertThat(skipped(run, "After")).isEqualTo(SkipReason.CANCELLED);
  }

  @Test
  void aGracefulStopDoesNotStopIt() {
    Simulation run =
        simulate(pipeline(FailFast.OFF).plan(), Map.of("always", lasts(20)))
            .cancelAfter(Duration.ofSeconds(5), CancelMode.GRACEFUL)
            .run();
    assertThat(state(run, POST)).isEqualTo(StageState.SUCCEEDED);
    assertThat(run.elapsed()).isGreaterThan(Duration.ofSeconds(20));
  }

  @Test
  void aKillRunsNothingOfIt() {
    Simulation run =
        simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / a", lasts(60)))
            .cancelAfter(Duration.ofSeconds(5), CancelMode.KILL)
            .run();
    assertThat(skipped(run, POST)).isEqualTo(SkipReason.CANCELLED);
  }

  @Test
  void itDoesNotRunWhereNoBranchWasBegun() {
    Simulation failed =
        simulate(pipeline(FailFast.OFF).plan(), Map.of("echo Before", fails())).run();
    assertThat(skipped(failed, POST)).isEqualTo(SkipReason.NEED);
    Simulation stopped =
        simulate(pipeline(FailFast.OFF).plan(), Map.of("echo Before", lasts(60)))
            .cancelAfter(Duration.ofSeconds(5), CancelMode.GRACEFUL)
            .run();
    assertThat(skipped(stopped, POST)).isEqualTo(SkipReason.CANCELLED);
  }

  @Test
  void itRunsWhereEachBranchWasSkippedByAConditionOfItsOwn() {
    BuildPlan plan =
        new TestPipeline()
            .add(new Part("T / a").group("T", FailFast.OFF).skip())
            .add(new Part("T / b").group("T", FailFast.OFF).skip())
            .add(post())
            .plan();
    Simulation run = simulate(plan, Map.of()).run();
    assertThat(started(run)).contains("T / (post)/success/1");
  }

  @Test
  void theConditionOfTheStageAroundTheBranchesHoldsForIt() {
    BuildPlan plan =
        new TestPipeline()
            .add(new Part("T / a").group("T", FailFast.OFF).skip())
            .add(new Part("T / b").group("T", FailFast.OFF).skip())
            .add(post().skip())
            .plan();
    Simulation run = simulate(plan, Map.of()).run();
    assertThat(skipped(run, POST)).isEqualTo(SkipReason.WHEN);
    assertThat(run.outcome()).isEqualTo(StageResult.SUCCEEDED);
  }

  @Test
  void aBranchAloneIsRunWithoutIt() {
    BuildPlan plan = Planner.plan(pipeline(FailFast.OFF).build(), List.of("T / a"));
    assertThat(skipped(simulate(plan, Map.of()).run(), POST)).isEqualTo(SkipReason.NOT_SELECTED);
    BuildPlan whole = Planner.plan(pipeline(FailFast.OFF).build(), List.of("T"));
    assertThat(state(simulate(whole, Map.of()).run(), POST)).isEqualTo(StageState.SUCCEEDED);
  }

  @Test
  void onAMachineThatCannotIsolateItIsSkipped() {
    var unfit =
        new Fate(
            new StepOutcome.Errored(AgentErrorCode.CANNOT_ISOLATE, "no user namespaces"), SECOND);
    Simulation run = simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / a", unfit)).run();
    assertThat(skipped(run, POST)).isEqualTo(SkipReason.NEED);
  }

  @Test
  void whereverTheEngineIsKilledItRunsOnce() {
    Simulation whole = simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / a", fails())).run();
    for (int at = 0; at < whole.effects(); at++) {
      int crash = at;
      Simulation cut =
          simulate(pipeline(FailFast.OFF).plan(), Map.of("echo T / a", fails()))
              .crashBefore(count -> count == crash)
              .run();
      assertThat(started(cut)).containsExactlyInAnyOrderElementsOf(started(whole));
    }
  }

  private static List<String> workspace(Simulation run, String stage) {
    return Objects.requireNonNull(run.progress().stage(stage).base()).workspaceLayers();
  }

  private static StageState state(Simulation run, String stage) {
    return run.progress().stage(stage).state();
  }

  private static SkipReason skipped(Simulation run, String stage) {
    return Objects.requireNonNull(
        run.progress().stage(stage).skipReason(), () -> stage + " was not skipped");
  }

  private static List<String> started(Simulation run) {
    return run.events().stream()
        .filter(BuildEvent.StepStarted.class::isInstance)
        .map(event -> ((BuildEvent.StepStarted) event).step().toString())
        .toList();
  }
}
