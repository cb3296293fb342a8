package dev.stepbox.engine.plan;

import dev.stepbox.engine.event.SkipReason;
import org.jspecify.annotations.Nullable;

/** Whether a stage of a plan may run. */
public sealed interface StageDecision {

  /** It runs when the stages it needs have succeeded or were skipped by decision. */
  record Run() implements StageDecision {}

  /**
   * It does not run, which counts as met for the stages that need it.
   *
   * @param reason {@link SkipReason#WHEN} or {@link SkipReason#NOT_SELECTED}
   * @param predicate the condition that did not hold, as a person would say it; null unless WHEN
   * @param seen what was found instead; null unless WHEN
   */
  record Skip(SkipReason reason, @Nullable String predicate, @Nullable String seen)
      implements StageDecision {

    /** The whole reason, for people. */
    public String because() {
      return predicate == null
          ? "not asked for with --stage"
          : "when: %s, but %s".formatted(predicate, seen);
    }
  }
}
