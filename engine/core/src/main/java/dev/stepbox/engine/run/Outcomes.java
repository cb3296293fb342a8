package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import org.jspecify.annotations.Nullable;

/** What the ends of stages mean for their build. */
final class Outcomes {

  private Outcomes() {}

  /** Whether an error with this code means that no stage of the build can run here. */
  static boolean isUnfit(@Nullable String code) {
    return AgentErrorCode.CAP_UNENFORCED.id().equals(code)
        || AgentErrorCode.CANNOT_ISOLATE.id().equals(code)
        || ErrorCode.CANNOT_ISOLATE.id().equals(code)
        || ErrorCode.WORKER_LOST.id().equals(code);
  }

  /**
   * How the build ends as things stand: stopped by somebody counts before our own errors, these
   * before failures, these before stages that ran out of time.
   */
  static Move.Finish of(BuildProgress progress) {
    BuildCancelling cancelling = progress.cancelling();
    if (cancelling != null) {
      return new Move.Finish(StageResult.ABORTED, "stopped by " + cancelling.by(), null);
    }
    StageFinished error = progress.firstError();
    if (error != null) {
      String code = error.code() == null ? ErrorCode.INTERNAL.id() : error.code();
      return new Move.Finish(StageResult.ERRORED, describe(error), code);
    }
    StageFinished failure = progress.firstFailure();
    if (failure != null) {
      return new Move.Finish(StageResult.FAILED, describe(failure), null);
    }
    StageFinished abort = progress.firstAbort();
    if (abort != null) {
      return new Move.Finish(StageResult.ABORTED, describe(abort), null);
    }
    return new Move.Finish(StageResult.SUCCEEDED, null, null);
  }

  private static String describe(StageFinished stage) {
    return "stage '%s': %s".formatted(stage.stage(), stage.because());
  }
}
