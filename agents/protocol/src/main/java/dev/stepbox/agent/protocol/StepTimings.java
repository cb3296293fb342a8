package dev.stepbox.agent.protocol;

import java.time.Duration;
import java.time.Instant;

/**
 * When a step ran.
 *
 * @param startedAt when its process was executed, or a built-in action began; for a step that never
 *     began, when that was decided
 * @param startLatency from "the step may start" to its process being executed; zero for a step that
 *     never began
 * @param elapsed from the start to the end of its last process
 */
public record StepTimings(Instant startedAt, Duration startLatency, Duration elapsed) {
  /** A step that never began. */
  public static StepTimings never(Instant decidedAt) {
    return new StepTimings(decidedAt, Duration.ZERO, Duration.ZERO);
  }
}
