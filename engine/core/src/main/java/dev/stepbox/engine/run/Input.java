package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.engine.scm.SourceTrees;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a {@link BuildMachine} hears. */
sealed interface Input {

  /**
   * A word of the worker, but never output.
   *
   * @param outputBytes length of the step's log when it is about the end of a step
   */
  record Told(FromWorker message, long outputBytes) implements Input {}

  /** A stage can be handed to the worker. */
  record Prepared(String stage, PreparedStage prepared) implements Input {}

  /**
   * A stage cannot be handed to the worker.
   *
   * @param code set if and only if the result is errored
   */
  record NotPrepared(String stage, StageResult result, String because, @Nullable String code)
      implements Input {}

  /**
   * A source tree is in the store.
   *
   * @param source what it is
   */
  record SourceTaken(String source, SourceTrees.Taken taken, String layer, Duration elapsed)
      implements Input {}

  /** Something the user should know. */
  record Noticed(Severity severity, String code, String text, @Nullable String stage)
      implements Input {}

  /** Somebody wants the build to stop. */
  record CancelAsked(CancelMode mode, String by) implements Input {}

  /** Time has passed. */
  record Tick() implements Input {}

  /** The worker will say nothing any more. */
  record WorkerGone(String why) implements Input {}
}
