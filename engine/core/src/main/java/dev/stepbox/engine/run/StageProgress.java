package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is known of one stage of a build. Changed only by {@link BuildProgress}. */
final class StageProgress {

  private final PlannedStage stage;
  private final Map<StepKey, Integer> indexes = new HashMap<>();
  private final StepState[] steps;
  private final @Nullable StepOutcome[] outcomes;
  private StageState state = StageState.WAITING;
  private @Nullable SkipReason skipReason;
  private @Nullable Snapshot base;
  private @Nullable Snapshot snapshot;
  private @Nullable Instant startedAt;
  private int attempt;
  private int needsLeft;
  private @Nullable String failedNeed;

  StageProgress(PlannedStage stage) {
    this.stage = stage;
    this.needsLeft = stage.needs().size();
    this.steps = new StepState[stage.steps().size()];
    this.outcomes = new @Nullable StepOutcome[steps.length];
    Arrays.fill(steps, StepState.WAITING);
    for (PlannedStep step : stage.steps()) {
      indexes.put(step.key(), step.index());
    }
  }

  PlannedStage stage() {
    return stage;
  }

  StageState state() {
    return state;
  }

  /** Why it was skipped; null unless it was. */
  @Nullable SkipReason skipReason() {
    return skipReason;
  }

  /** What it started from; null until it did. */
  @Nullable Snapshot base() {
    return base;
  }

  /** What it left behind; null until it is over, and when there is nothing. */
  @Nullable Snapshot snapshot() {
    return snapshot;
  }

  /** When it was handed to a worker; null until it was. */
  @Nullable Instant startedAt() {
    return startedAt;
  }

  /** Number of its present try; 0 until it has begun. */
  int attempt() {
    return attempt;
  }

  /** How many of its needs are not over. */
  int needsLeft() {
    return needsLeft;
  }

  /** The first of its needs that ended without success; null for none. */
  @Nullable String failedNeed() {
    return failedNeed;
  }

  /** Whether a stage that needs it may begin: it succeeded, or was skipped by decision. */
  boolean isMet() {
    return state == StageState.SUCCEEDED
        || skipReason == SkipReason.WHEN
        || skipReason == SkipReason.NOT_SELECTED;
  }

  StepState step(int index) {
    return steps[index];
  }

  @Nullable StepOutcome outcome(int index) {
    return outcomes[index];
  }

  void needIsOver(StageProgress need) {
    needsLeft--;
    if (failedNeed == null && !need.isMet()) {
      failedNeed = need.stage.name();
    }
  }

  void move(StageState to) {
    if (!state.next().contains(to)) {
      throw broken("stage '%s' cannot go from %s to %s".formatted(stage.name(), state, to));
    }
    state = to;
  }

  void start(int number, Snapshot from, Instant at) {
    move(StageState.RUNNING);
    attempt = number;
    base = from;
    startedAt = at;
  }

  void skip(SkipReason reason) {
    move(StageState.SKIPPED);
    skipReason = reason;
  }

  void finish(StageState to, @Nullable Snapshot left) {
    move(to);
    snapshot = left;
  }

  void move(StepKey key, StepState to, @Nullable StepOutcome outcome) {
    Integer index = indexes.get(key);
    if (index == null) {
      throw broken("stage '%s' has no step '%s'".formatted(stage.name(), key));
    }
    if (state != StageState.RUNNING || !steps[index].next().contains(to)) {
      throw broken(
          "step '%s' cannot go from %s to %s while its stage is %s"
              .formatted(key, steps[index], to, state));
    }
    steps[index] = to;
    outcomes[index] = outcome;
  }

  private static EngineException broken(String what) {
    return new EngineException(
        ErrorCode.INTERNAL, "cannot follow the build: " + what + ". Please report this.");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StageProgress that
        && stage.name().equals(that.stage.name())
        && state == that.state
        && skipReason == that.skipReason
        && Objects.equals(base, that.base)
        && Objects.equals(snapshot, that.snapshot)
        && Objects.equals(startedAt, that.startedAt)
        && attempt == that.attempt
        && needsLeft == that.needsLeft
        && Objects.equals(failedNeed, that.failedNeed)
        && Arrays.equals(steps, that.steps)
        && Arrays.equals(outcomes, that.outcomes);
  }

  @Override
  public int hashCode() {
    return stage.name().hashCode();
  }
}
