package dev.stepbox.pipeline.lint;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.model.Pipeline;

/** Holds a pipeline against all rules. A pure function; safe for any number of threads. */
public final class Lint {
  /** Whether a pipeline is everything that its author wrote. */
  public enum Extent {
    /** Every stage and step is there. */
    WHOLE,
    /** Some could not be read, so nothing is said about names that only seem to be unknown. */
    PARTIAL
  }

  /** Adds what is wrong with a pipeline, rule by rule. */
  public static void check(Pipeline pipeline, Extent extent, Findings found) {
    if (!StageCountRule.check(pipeline, found)) {
      return; // the other rules would have to name every stage
    }
    StageIndex index = StageIndex.of(pipeline);
    DuplicateStageRule.check(pipeline, found);
    NeedsRule.checkOrder(index, found);
    switch (extent) {
      case WHOLE -> {
        NeedsRule.checkNames(index, found);
        StashRule.check(pipeline, found);
      }
      case PARTIAL -> {}
    }
  }

  private Lint() {}
}
