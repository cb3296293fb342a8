package dev.stepbox.cli.render;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.Announcement;
import dev.stepbox.engine.event.BuildEvent.ArtifactStored;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildResumed;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StageStarted;
import dev.stepbox.engine.event.BuildEvent.StashStored;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.BuildPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A build as its events tell it so far: the plan, filled in event by event. Every view of a build
 * for people is drawn from this. Not thread-safe.
 */
final class BuildView {

  private static final String DRY_RUN = "dry-run";

  private final SequencedMap<String, StageView> stages = new LinkedHashMap<>();
  private final List<Announcement> announcements = new ArrayList<>();
  private final List<ArtifactStored> artifacts = new ArrayList<>();
  private @Nullable BuildStarted started;
  private @Nullable CheckoutDone checkout;
  private @Nullable BuildCancelling cancelling;
  private @Nullable BuildFinished finished;

  BuildView(BuildPlan plan) {
    plan.byName().forEach((name, stage) -> stages.put(name, new StageView(stage)));
  }

  /** Takes the next event of the build. */
  void apply(BuildEvent event) {
    switch (event) {
      case BuildStarted e -> started = e;
      case BuildResumed _ -> {}
      case CheckoutDone e -> checkout = e;
      case Announcement e -> announcements.add(e);
      case StageStarted e -> stage(e.stage()).begin(e);
      case StageSkipped e -> stage(e.stage()).skip(e);
      case StageFinished e -> stage(e.stage()).end(e);
      case StepStarted e -> step(e.step()).begin(e);
      case StepFinished e -> step(e.step()).end(e);
      case ArtifactStored e -> artifacts.add(e);
      case StashStored _ -> {}
      case BuildCancelling e -> cancelling = e;
      case BuildFinished e -> finished = e;
    }
  }

  /** All stages in the order of the plan, the pipeline's post block last. */
  Collection<StageView> stages() {
    return stages.values();
  }

  StageView stage(String name) {
    StageView stage = stages.get(name);
    if (stage == null) {
      throw new IllegalStateException(
          "an event names the stage '%s', which is not in the plan".formatted(name));
    }
    return stage;
  }

  StepView step(StepKey key) {
    StepView step = stage(key.stage()).step(key);
    if (step == null) {
      throw new IllegalStateException(
          "an event names the step '%s', which is not in the plan".formatted(key));
    }
    return step;
  }

  List<Announcement> announcements() {
    return announcements;
  }

  /**
   * Whether an announcement says what an earlier one has said: of a dry run it is enough to know
   * once that nothing is executed, whereas a cap that is not enforced is told at every step.
   */
  boolean repeats(Announcement event) {
    return event.code().equals(DRY_RUN)
        && announcements.stream()
            .takeWhile(earlier -> earlier.stamp().sequence() < event.stamp().sequence())
            .anyMatch(earlier -> earlier.code().equals(DRY_RUN));
  }

  List<ArtifactStored> artifacts() {
    return artifacts;
  }

  @Nullable BuildStarted started() {
    return started;
  }

  /** The number of the build; null before its first event. */
  @Nullable BuildId build() {
    return started == null ? null : started.stamp().build();
  }

  @Nullable CheckoutDone checkout() {
    return checkout;
  }

  @Nullable BuildCancelling cancelling() {
    return cancelling;
  }

  @Nullable BuildFinished finished() {
    return finished;
  }

  Duration elapsed(Instant now) {
    if (finished != null) {
      return finished.elapsed();
    }
    return started == null ? Duration.ZERO : Duration.between(started.stamp().time(), now);
  }

  /** The steps that failed, in the order of their ends. */
  List<StepView> failures() {
    List<StepView> failures = new ArrayList<>();
    for (StageView stage : stages.values()) {
      stage.steps().stream().filter(StepView::failed).forEach(failures::add);
    }
    failures.sort((a, b) -> Long.compare(sequence(a), sequence(b)));
    return failures;
  }

  private static long sequence(StepView step) {
    StepFinished end = step.finished();
    return end == null ? Long.MAX_VALUE : end.stamp().sequence();
  }
}
