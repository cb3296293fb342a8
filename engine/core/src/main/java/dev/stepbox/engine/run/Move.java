package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.engine.event.SkipReason;
import org.jspecify.annotations.Nullable;

/** What is to be done next in a build. */
sealed interface Move {

  /** Prepare a stage and hand it to a worker. */
  record Start(String stage) implements Move {}

  /** Pass a stage over; see {@link dev.stepbox.engine.event.BuildEvent.StageSkipped}. */
  record Skip(
      String stage,
      SkipReason reason,
      @Nullable String predicate,
      @Nullable String seen,
      String because)
      implements Move {}

  /** Stop a running stage. */
  record Stop(String stage, CancelMode mode, String because) implements Move {}

  /** End the build; see {@link dev.stepbox.engine.event.BuildEvent.BuildFinished}. */
  record Finish(StageResult outcome, @Nullable String because, @Nullable String code)
      implements Move {}
}
