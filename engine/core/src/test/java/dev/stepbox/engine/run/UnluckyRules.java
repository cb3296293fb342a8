package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.run.SimulatedSandboxes.Sandbox;
import dev.stepbox.pipeline.model.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds for every build, however often its engine was killed. */
final class UnluckyRules {

  /** How long a message may be under way. */
  private static final Duration LATENCY_MAX = Duration.ofMillis(20);

  private final UnluckyBuild build;
  private final List<BuildEvent> events;
  private final Map<String, Object> ends = new HashMap<>();
  private final Map<String, BuildEvent.StageFinished> finished = new HashMap<>();
  private final Set<String> begun = new HashSet<>();
  private final Set<StepKey> started = new HashSet<>();
  private final Map<StepKey, StepOutcome> outcomes = new LinkedHashMap<>();
  private final Map<StepKey, Long> outputBytes = new HashMap<>();
  private final Set<Object> stored = new HashSet<>();
  private BuildEvent.@Nullable BuildCancelling stop;
  private boolean isKilled;

  private UnluckyRules(UnluckyBuild build) {
    this.build = build;
    this.events = build.stored().events();
  }

  static void check(UnluckyBuild build) {
    new UnluckyRules(build).check();
  }

  private void check() {
    assertThat(events.getFirst()).isInstanceOf(BuildEvent.BuildStarted.class);
    assertThat(events.getLast()).isInstanceOf(BuildEvent.BuildFinished.class);
    checkReplay();
    events.forEach(this::take);
    assertThat(ends.keySet()).as("stages that ended").isEqualTo(build.plan().byName().keySet());
    for (StageProgress stage : build.progress().stages()) {
      checkSteps(stage.stage());
    }
    for (StageProgress stage : build.progress().stages()) {
      stage.stage().steps().forEach(step -> checkOutput(stage.stage(), step));
    }
    build.sandboxes().all().forEach(this::checkSandbox);
    assertThat(((BuildEvent.BuildFinished) events.getLast()).outcome()).isEqualTo(expected());
  }

  /** After a power cut: what is missing of the output of a step is told. */
  private void checkOutput(PlannedStage stage, PlannedStep step) {
    Long told = outputBytes.get(step.key());
    if (told != null && told > build.stored().log(stage.id(), step.index()).length()) {
      assertThat(events)
          .as("output of %s is missing", step.key())
          .anyMatch(event ->
              event instanceof BuildEvent.Announcement announced
                  && announced.code().equals("output-lost")
                  && announced.text().contains("'%s'".formatted(step.key())));
    }
  }

  private void checkReplay() {
    var replayed = new BuildProgress(build.plan());
    events.forEach(replayed::apply);
    assertThat(List.copyOf(replayed.stages())).isEqualTo(List.copyOf(build.progress().stages()));
    assertThat(replayed.finished()).isEqualTo(build.progress().finished());
  }

  private void take(BuildEvent event) {
    switch (event) {
      case BuildEvent.StageStarted e -> {
        assertThat(begun.add(e.stage())).as("stage %s begins once", e.stage()).isTrue();
        PlannedStage stage = build.progress().stage(e.stage()).stage();
        assertThat(ends.keySet()).as("needs of " + e.stage()).containsAll(stage.needs());
        assertThat(stop != null && !stage.isPost()).as("%s after a stop", e.stage()).isFalse();
        assertThat(begun.size() - finished.size()).isLessThanOrEqualTo(build.parallel());
      }
      case BuildEvent.StageSkipped e -> assertThat(ends.put(e.stage(), e.reason())).isNull();
      case BuildEvent.StageFinished e -> {
        assertThat(ends.put(e.stage(), e.result())).as("%s ends once", e.stage()).isNull();
        begun.add(e.stage());
        finished.put(e.stage(), e);
      }
      case BuildEvent.StepStarted e -> {
        assertThat(started.add(e.step())).as("%s is told as begun once", e.step()).isTrue();
        assertThat(outcomes).doesNotContainKey(e.step());
      }
      case BuildEvent.StepFinished e -> {
        assertThat(outcomes.put(e.step(), e.outcome())).as("%s ends once", e.step()).isNull();
        outputBytes.put(e.step(), e.outputBytes());
      }
      case BuildEvent.ArtifactStored e ->
          assertThat(stored.add(List.of(e.step(), e.path()))).as("%s told once", e.path()).isTrue();
      case BuildEvent.StashStored e ->
          assertThat(stored.add(List.of(e.step(), e.name()))).as("%s told once", e.name()).isTrue();
      case BuildEvent.BuildCancelling e -> {
        stop = stop == null ? e : stop;
        isKilled |= e.mode() == CancelMode.KILL;
      }
      case BuildEvent.Announcement e ->
          assertThat(e.code()).isNotEqualTo(AgentErrorCode.MESSAGE_OUT_OF_PLACE.id());
      case BuildEvent.BuildStarted _,
          BuildEvent.BuildResumed _,
          BuildEvent.CheckoutDone _,
          BuildEvent.BuildFinished _ -> {}
    }
  }

  private void checkSteps(PlannedStage stage) {
    BuildEvent.StageFinished end = finished.get(stage.name());
    if (end == null) {
      for (PlannedStep step : stage.steps()) {
        assertThat(started).as("a step of a skipped stage").doesNotContain(step.key());
      }
      return;
    }
    boolean isBad = false;
    for (PlannedStep step : stage.steps(null)) {
      StepOutcome outcome = Objects.requireNonNull(outcomes.get(step.key()), "each step ends");
      boolean wasRunWhenItStopped =
          build.wasPowerCut()
              && outcome instanceof StepOutcome.Errored lost
              && lost.code() == AgentErrorCode.SANDBOX_LOST;
      if (isBad && !wasRunWhenItStopped) {
        assertThat(outcome)
            .as("%s after a step that did not succeed", step.key())
            .isInstanceOfAny(StepOutcome.Skipped.class, StepOutcome.Cancelled.class);
      }
      isBad |= !(outcome instanceof StepOutcome.Succeeded);
    }
    if (stage.kind() == PlannedStage.Kind.STAGE && end.code() == null && !isKilled) {
      for (PostCondition condition : List.of(PostCondition.ALWAYS, PostCondition.CLEANUP)) {
        stage.steps(condition).stream()
            .limit(1)
            .forEach(
                step -> assertThat(wasTried(step.key())).as("%s was tried", step.key()).isTrue());
      }
      boolean wasBad = isBad;
      stage.steps(PostCondition.FAILURE).stream()
          .limit(1)
          .filter(_ -> !wasBad)
          .forEach(step ->
              assertThat(hasFailedBefore(stage, step) || !started.contains(step.key()))
                  .as("%s without a failure", step.key())
                  .isTrue());
    }
  }

  private boolean wasTried(StepKey step) {
    return started.contains(step) || outcomes.get(step) instanceof StepOutcome.Errored;
  }

  /** Whether a post step that runs before another one went wrong. */
  private boolean hasFailedBefore(PlannedStage stage, PlannedStep step) {
    return stage.steps().stream()
        .filter(other -> other.index() < step.index())
        .map(other -> outcomes.get(other.key()))
        .anyMatch(outcome ->
            !(outcome instanceof StepOutcome.Succeeded)
                && !(outcome instanceof StepOutcome.Skipped));
  }

  private void checkSandbox(Sandbox sandbox) {
    PlannedStage stage =
        build.plan().byName().sequencedValues().stream()
            .filter(each -> each.id().equals(sandbox.place().attempt().stage()))
            .findFirst()
            .orElseThrow();
    PlannedStep step = stage.steps().get(sandbox.place().step());
    assertThat(step.step().definition()).isInstanceOf(Step.Shell.class);
    StepOutcome end = sandbox.outcome();
    assertThat(end).as("%s has ended", step.key()).isNotNull();
    StepOutcome told = outcomes.get(step.key());
    boolean isTruth =
        end instanceof StepOutcome.Cancelled
            ? told instanceof StepOutcome.Cancelled
            : Objects.equals(end, told);
    // What an engine ends that nobody carries on, it did not watch.
    if (build.sandboxes().isForgotten(sandbox.place())) {
      // Run once before the machine stopped and once after, which is told nowhere else.
      assertThat(isTruth).as("%s ended as %s, told is %s", step.key(), end, told).isTrue();
    } else if (!build.wasAbandoned()) {
      assertThat(isTruth).as("%s ended as %s, told is %s", step.key(), end, told).isTrue();
      String log = build.stored().log(stage.id(), step.index());
      assertThat(log).as("output of %s", step.key()).isEqualTo(sandbox.printed());
      assertThat(outputBytes.get(step.key())).isEqualTo(log.length());
    } else {
      assertThat(sandbox.printed()).startsWith(build.stored().log(stage.id(), step.index()));
    }
    Instant stopped = stop == null ? null : stop.stamp().time();
    if (stopped != null && step.key().post() == null) {
      assertThat(sandbox.startedAt())
          .as("%s begins after the stop", step.key())
          .isBefore(stopped.plus(LATENCY_MAX));
    }
  }

  private StageResult expected() {
    if (stop != null) {
      return StageResult.ABORTED;
    }
    List<Object> results = new ArrayList<>(ends.values());
    for (StageResult result :
        List.of(StageResult.ERRORED, StageResult.FAILED, StageResult.ABORTED)) {
      if (results.contains(result)) {
        return result;
      }
    }
    return StageResult.SUCCEEDED;
  }
}
