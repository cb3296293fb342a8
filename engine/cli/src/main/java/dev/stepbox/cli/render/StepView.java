package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import dev.stepbox.engine.plan.PlannedStep;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What is known of one step: its plan, its start and its end. Not thread-safe. */
final class StepView {

  private final PlannedStep plan;
  private @Nullable StepStarted started;
  private @Nullable StepFinished finished;

  StepView(PlannedStep plan) {
    this.plan = plan;
  }

  void begin(StepStarted event) {
    started = event;
    finished = null;
  }

  void end(StepFinished event) {
    finished = event;
  }

  PlannedStep plan() {
    return plan;
  }

  String label() {
    return plan.label();
  }

  @Nullable StepStarted started() {
    return started;
  }

  @Nullable StepFinished finished() {
    return finished;
  }

  boolean running() {
    return started != null && finished == null;
  }

  /** Whether it ended otherwise than well, by its own doing or ours. */
  boolean failed() {
    return finished != null
        && switch (finished.outcome()) {
          case StepOutcome.Succeeded _, StepOutcome.Skipped _, StepOutcome.Cancelled _ -> false;
          case StepOutcome.Failed _, StepOutcome.Killed _, StepOutcome.Errored _ -> true;
        };
  }

  boolean skipped() {
    return finished != null && finished.outcome() instanceof StepOutcome.Skipped;
  }

  /** How long it ran, or has been running at that time. */
  Duration elapsed(Instant now) {
    if (finished != null) {
      return finished.elapsed();
    }
    return started == null ? Duration.ZERO : Duration.between(started.stamp().time(), now);
  }

  Usage usage() {
    return finished == null ? Usage.unknown() : finished.usage();
  }

  /** The memory cap in bytes, or null if it has none or has not begun. */
  @Nullable Long memoryCap() {
    return started == null ? null : started.caps().memoryBytes();
  }
}
