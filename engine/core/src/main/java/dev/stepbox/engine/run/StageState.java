package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.StageResult;
import java.util.EnumSet;
import java.util.Set;

/** Where a stage stands. */
enum StageState {
  /** It has not begun. */
  WAITING,
  /** A worker has it. */
  RUNNING,
  /** All its steps succeeded. */
  SUCCEEDED,
  /** A step failed, or its start was impossible by its own fault. */
  FAILED,
  /** It was stopped, or ran out of time. */
  ABORTED,
  /** Our fault or the machine's. */
  ERRORED,
  /** It was not run. */
  SKIPPED;

  /** The states that may follow this one. A stage that could not be prepared never runs. */
  Set<StageState> next() {
    return switch (this) {
      case WAITING -> EnumSet.of(RUNNING, FAILED, ERRORED, SKIPPED);
      case RUNNING -> EnumSet.of(SUCCEEDED, FAILED, ABORTED, ERRORED);
      case SUCCEEDED, FAILED, ABORTED, ERRORED, SKIPPED -> EnumSet.noneOf(StageState.class);
    };
  }

  /** Whether nothing follows. */
  boolean isOver() {
    return switch (this) {
      case WAITING, RUNNING -> false;
      case SUCCEEDED, FAILED, ABORTED, ERRORED, SKIPPED -> true;
    };
  }

  /** The state that a result leads to. */
  static StageState after(StageResult result) {
    return switch (result) {
      case SUCCEEDED -> SUCCEEDED;
      case FAILED -> FAILED;
      case ABORTED -> ABORTED;
      case ERRORED -> ERRORED;
    };
  }
}
