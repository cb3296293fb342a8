package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.StepOutcome;
import java.util.EnumSet;
import java.util.Set;

/** Where a step stands. */
enum StepState {
  /** It has not begun. */
  WAITING,
  /** Its process was executed, or its action began. */
  RUNNING,
  /** It did what it was asked to. */
  SUCCEEDED,
  /** Its own fault. */
  FAILED,
  /** A cap or a signal ended it. */
  KILLED,
  /** It was stopped, or not begun, because its stage was. */
  CANCELLED,
  /** It was not run, by design. */
  SKIPPED,
  /** Our fault or the machine's. */
  ERRORED;

  /** The states that may follow this one. Only what ran can succeed, fail or be killed. */
  Set<StepState> next() {
    return switch (this) {
      case WAITING -> EnumSet.of(RUNNING, CANCELLED, SKIPPED, ERRORED);
      case RUNNING -> EnumSet.of(SUCCEEDED, FAILED, KILLED, CANCELLED, ERRORED);
      case SUCCEEDED, FAILED, KILLED, CANCELLED, SKIPPED, ERRORED ->
          EnumSet.noneOf(StepState.class);
    };
  }

  /** The state that an outcome leads to. */
  static StepState after(StepOutcome outcome) {
    return switch (outcome) {
      case StepOutcome.Succeeded _ -> SUCCEEDED;
      case StepOutcome.Failed _ -> FAILED;
      case StepOutcome.Killed _ -> KILLED;
      case StepOutcome.Cancelled _ -> CANCELLED;
      case StepOutcome.Skipped _ -> SKIPPED;
      case StepOutcome.Errored _ -> ERRORED;
    };
  }
}
