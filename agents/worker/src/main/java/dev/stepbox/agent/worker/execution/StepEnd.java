package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.protocol.Usage;
import java.time.Instant;
import java.util.List;

/**
 * All that is told of the end of a step.
 *
 * @param tail the last lines of its output; empty after a success
 */
record StepEnd(StepOutcome outcome, StepTimings timings, Usage usage, List<String> tail) {
  /** The end of a step that never began. */
  static StepEnd notBegun(StepOutcome outcome, Instant decided) {
    return new StepEnd(outcome, StepTimings.never(decided), Usage.unknown(), List.of());
  }
}
