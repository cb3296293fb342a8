package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepOutcome.Cancelled;
import dev.stepbox.agent.protocol.StepOutcome.Errored;
import dev.stepbox.agent.protocol.StepOutcome.Failed;
import dev.stepbox.agent.protocol.StepOutcome.Killed;
import dev.stepbox.agent.protocol.StepOutcome.Skipped;
import dev.stepbox.agent.protocol.StepOutcome.Succeeded;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a stage stands: succeeded until the first thing goes wrong, and then as that went. Not for
 * use by several threads.
 */
final class StageStatus {
  private final StageResult prior;
  private StageResult result = StageResult.SUCCEEDED;
  private @Nullable String because;
  private @Nullable AgentErrorCode code;

  /**
   * A stage that has just begun.
   *
   * @param prior what post conditions see until something is worse
   */
  StageStatus(StageResult prior) {
    this.prior = prior;
  }

  StageResult result() {
    return result;
  }

  @Nullable String because() {
    return because;
  }

  @Nullable AgentErrorCode code() {
    return code;
  }

  boolean isSuccess() {
    return result == StageResult.SUCCEEDED;
  }

  /** Takes the outcome of a step into account. */
  void add(StepAssignment step, StepOutcome outcome) {
    switch (outcome) {
      case Succeeded _, Skipped _ -> {}
      case Failed failed -> fail(StageResult.FAILED, text(step, failed), null);
      case Killed killed ->
          fail(
              StageResult.FAILED,
              "%s was killed: %s"
                  .formatted(text(step), killed.reason().name().toLowerCase(Locale.ROOT)),
              null);
      case Cancelled cancelled -> fail(StageResult.ABORTED, cancelled.by(), null);
      case Errored errored ->
          fail(
              StageResult.ERRORED,
              "%s: %s".formatted(text(step), errored.message()),
              errored.code());
    }
  }

  /** Something went wrong that is no step. */
  void addError(Errored errored) {
    fail(StageResult.ERRORED, errored.message(), errored.code());
  }

  /** The stage was ended before all its steps had run. */
  void addAbort(String by) {
    fail(StageResult.ABORTED, by, null);
  }

  private void fail(StageResult as, String why, @Nullable AgentErrorCode errorCode) {
    if (isSuccess()) {
      result = as;
      because = why;
      code = errorCode;
    }
  }

  boolean holds(PostCondition condition) {
    StageResult seen = result.compareTo(prior) > 0 ? result : prior;
    return switch (condition) {
      case ALWAYS, CLEANUP -> true;
      case ABORTED -> seen == StageResult.ABORTED;
      case SUCCESS -> seen == StageResult.SUCCEEDED;
      case FAILURE -> seen == StageResult.FAILED || seen == StageResult.ERRORED;
    };
  }

  private static String text(StepAssignment step) {
    return "step '%s' (%s)".formatted(step.label(), step.position());
  }

  private static String text(StepAssignment step, Failed failed) {
    return failed.message() == null
        ? "%s exited with %d".formatted(text(step), failed.exitCode())
        : "%s: %s".formatted(text(step), failed.message());
  }
}
