package dev.stepbox.cli.render;

import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StageStarted;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** What is known of one stage and its steps. Not thread-safe. */
final class StageView {

  private final PlannedStage plan;
  private final SequencedMap<StepKey, StepView> steps = new LinkedHashMap<>();
  private @Nullable StageStarted started;
  private @Nullable StageSkipped skipped;
  private @Nullable StageFinished finished;

  StageView(PlannedStage plan) {
    this.plan = plan;
    for (PlannedStep step : plan.steps()) {
      steps.put(step.key(), new StepView(step));
    }
  }

  void begin(StageStarted event) {
    started = event;
    finished = null;
  }

  void skip(StageSkipped event) {
    skipped = event;
  }

  void end(StageFinished event) {
    finished = event;
  }

  PlannedStage plan() {
    return plan;
  }

  String name() {
    return plan.name();
  }

  Collection<StepView> steps() {
    return steps.values();
  }

  @Nullable StepView step(StepKey key) {
    return steps.get(key);
  }

  @Nullable StageSkipped skipped() {
    return skipped;
  }

  @Nullable StageFinished finished() {
    return finished;
  }

  @Nullable Instant startedAt() {
    return started == null ? null : started.stamp().time();
  }

  boolean running() {
    return started != null && finished == null;
  }

  /** Whether nothing more will come of it. */
  boolean over() {
    return finished != null || skipped != null;
  }

  Duration elapsed(Instant now) {
    if (finished != null) {
      return finished.elapsed();
    }
    return started == null ? Duration.ZERO : Duration.between(started.stamp().time(), now);
  }
}
