package dev.stepbox.agent.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What an engine already knows of a step when it resumes a stage.
 *
 * @param step the step's index
 * @param started whether {@link FromWorker.StepStarted} is known
 * @param rawOffset the last known {@link FromWorker.StepOutput#rawEndOffset()}, 0 for none
 * @param outcome of a finished step; null for one that is not known to have finished
 */
public record StepProgress(
    int step, boolean started, long rawOffset, @Nullable StepOutcome outcome) {
  public StepProgress {
    if (step < 0 || rawOffset < 0) {
      throw new IllegalArgumentException(
          "step %d, raw offset %d: neither may be negative".formatted(step, rawOffset));
    }
  }
}
