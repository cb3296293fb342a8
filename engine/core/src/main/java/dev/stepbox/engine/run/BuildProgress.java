package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
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
import dev.stepbox.engine.plan.PlannedStage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * State of a build: nothing but the sum of its events. A live build and the replay of its journal
 * go through the same {@link #apply}, so they cannot differ. Not for use by several threads.
 */
final class BuildProgress {

  private final SequencedMap<String, StageProgress> stages = new LinkedHashMap<>();
  private final SequencedMap<String, StageProgress> waiting = new LinkedHashMap<>();
  private final SequencedMap<String, StageProgress> running = new LinkedHashMap<>();
  private final Map<String, List<StageProgress>> neededBy = new HashMap<>();
  private final Map<String, String> failedInGroup = new HashMap<>();
  private final SequencedMap<String, CheckoutDone> checkouts = new LinkedHashMap<>();
  private final Map<StepKey, Set<String>> kept = new HashMap<>();
  private BuildState state = BuildState.NEW;
  private @Nullable BuildStarted started;
  private @Nullable BuildCancelling cancelling;
  private @Nullable BuildFinished finished;
  private @Nullable StageFinished firstError;
  private @Nullable StageFinished firstFailure;
  private @Nullable StageFinished firstAbort;
  private @Nullable StageFinished unfit;
  private long nextSequence;
  private Instant lastTime = Instant.EPOCH;

  BuildProgress(BuildPlan plan) {
    for (PlannedStage stage : plan.byName().sequencedValues()) {
      var progress = new StageProgress(stage);
      stages.put(stage.name(), progress);
      waiting.put(stage.name(), progress);
      for (String need : stage.needs()) {
        neededBy.computeIfAbsent(need, _ -> new ArrayList<>()).add(progress);
      }
    }
  }

  /** What the stages that are over have left behind, in the order of the file. */
  List<Snapshot> snapshots() {
    List<Snapshot> left = new ArrayList<>();
    for (StageProgress stage : stages.sequencedValues()) {
      if (stage.snapshot() != null) {
        left.add(stage.snapshot());
      }
    }
    return left;
  }

  /**
   * Take an event in.
   *
   * @throws EngineException {@link ErrorCode#INTERNAL} when it cannot follow what came before
   */
  void apply(BuildEvent event) {
    if (event.stamp().sequence() != nextSequence) {
      throw broken(
          "event %d came where %d is due".formatted(event.stamp().sequence(), nextSequence));
    }
    if ((state == BuildState.NEW) != (event instanceof BuildStarted)
        || state == BuildState.FINISHED) {
      throw broken("%s cannot come while it is %s".formatted(event.getClass().getName(), state));
    }
    switch (event) {
      case BuildStarted e -> {
        state = move(BuildState.RUNNING);
        started = e;
      }
      case BuildResumed _, Announcement _ -> {}
      case ArtifactStored e -> keep(e.step(), e.path());
      case StashStored e -> keep(e.step(), e.name());
      case CheckoutDone e -> checkouts.put(e.source(), e);
      case StageStarted e -> start(e);
      case StageSkipped e -> {
        stage(e.stage()).skip(e.reason());
        over(stage(e.stage()));
      }
      case StageFinished e -> finish(e);
      case StepStarted e -> stage(e.step().stage()).move(e.step(), StepState.RUNNING, null);
      case StepFinished e -> {
        stage(e.step().stage()).move(e.step(), StepState.after(e.outcome()), e.outcome());
        kept.remove(e.step());
      }
      case BuildCancelling e -> {
        state =
            move(
                switch (e.mode()) {
                  case GRACEFUL -> BuildState.CANCELLING;
                  case KILL -> BuildState.KILLING;
                });
        cancelling = cancelling == null ? e : cancelling;
      }
      case BuildFinished e -> {
        if (!running.isEmpty() || !waiting.isEmpty()) {
          throw broken("it cannot be over while stages are not");
        }
        state = move(BuildState.FINISHED);
        finished = e;
      }
    }
    nextSequence++;
    lastTime = event.stamp().time();
  }

  private void keep(StepKey step, String name) {
    kept.computeIfAbsent(step, _ -> new HashSet<>()).add(name);
  }

  /**
   * Whether a step that runs is known to have kept an artifact or stash of this name. A worker that
   * took the step over does it again, and tells it again.
   */
  boolean isKept(StepKey step, String name) {
    return kept.getOrDefault(step, Set.of()).contains(name);
  }

  private void start(StageStarted e) {
    StageProgress stage = stage(e.stage());
    stage.start(e.attempt(), e.base(), e.stamp().time());
    waiting.remove(e.stage());
    running.put(e.stage(), stage);
  }

  private void finish(StageFinished e) {
    StageProgress stage = stage(e.stage());
    stage.finish(StageState.after(e.result()), e.snapshot());
    switch (e.result()) {
      case SUCCEEDED -> {}
      case FAILED -> firstFailure = firstFailure == null ? e : firstFailure;
      case ABORTED -> firstAbort = firstAbort == null ? e : firstAbort;
      case ERRORED -> {
        firstError = firstError == null ? e : firstError;
        unfit = unfit == null && Outcomes.isUnfit(e.code()) ? e : unfit;
      }
    }
    String group = stage.stage().group();
    if (group != null && stage.stage().failFast() && !stage.isMet()) {
      failedInGroup.putIfAbsent(group, e.stage());
    }
    over(stage);
  }

  private void over(StageProgress stage) {
    String name = stage.stage().name();
    waiting.remove(name);
    running.remove(name);
    neededBy.getOrDefault(name, List.of()).forEach(dependent -> dependent.needIsOver(stage));
  }

  private BuildState move(BuildState to) {
    if (!state.next().contains(to)) {
      throw broken("it cannot go from %s to %s".formatted(state, to));
    }
    return to;
  }

  BuildState state() {
    return state;
  }

  /** All stages in the order of the plan, the pseudo-stage of the post block last. */
  Collection<StageProgress> stages() {
    return Collections.unmodifiableCollection(stages.values());
  }

  /**
   * A stage by name.
   *
   * @throws EngineException {@link ErrorCode#INTERNAL} when the plan has none of that name
   */
  StageProgress stage(String name) {
    StageProgress stage = stages.get(name);
    if (stage == null) {
      throw broken("its plan has no stage '%s'".formatted(name));
    }
    return stage;
  }

  /** Those that have not begun, in the order of the plan. */
  List<StageProgress> waiting() {
    return List.copyOf(waiting.values());
  }

  /** Those that a worker has, in the order they began. */
  List<StageProgress> running() {
    return List.copyOf(running.values());
  }

  /** The first stage of the group that failed and was to stop the others; null for none. */
  @Nullable String failedInGroup(@Nullable String group) {
    return group == null ? null : failedInGroup.get(group);
  }

  /** Source trees in the store, by what they are. */
  Map<String, CheckoutDone> checkouts() {
    return Collections.unmodifiableMap(checkouts);
  }

  @Nullable BuildStarted started() {
    return started;
  }

  /** The first demand to stop; null for none. */
  @Nullable BuildCancelling cancelling() {
    return cancelling;
  }

  @Nullable BuildFinished finished() {
    return finished;
  }

  @Nullable StageFinished firstError() {
    return firstError;
  }

  @Nullable StageFinished firstFailure() {
    return firstFailure;
  }

  @Nullable StageFinished firstAbort() {
    return firstAbort;
  }

  /** The first stage whose error means that no other stage can run here; null for none. */
  @Nullable StageFinished unfit() {
    return unfit;
  }

  /** Place of the next event. */
  long nextSequence() {
    return nextSequence;
  }

  /** When the last event was recorded. */
  Instant lastTime() {
    return lastTime;
  }

  private static EngineException broken(String what) {
    return new EngineException(
        ErrorCode.INTERNAL, "cannot follow the build: " + what + ". Please report this.");
  }
}
