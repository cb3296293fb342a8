package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepProgress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the engine knows of an attempt that an earlier worker has begun. Immutable. */
final class Resumption {
  private final Map<Integer, StepProgress> progress = new HashMap<>();

  Resumption(List<StepProgress> known) {
    known.forEach(each -> progress.put(each.step(), each));
  }

  /** How a step ended; null when the engine does not know that it has. */
  @Nullable StepOutcome outcome(int step) {
    return of(step).outcome();
  }

  StepProgress of(int step) {
    return progress.getOrDefault(step, new StepProgress(step, false, 0, null));
  }
}
