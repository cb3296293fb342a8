package dev.stepbox.engine.run;

import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildSummary.State;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.home.StoredRequest;
import dev.stepbox.engine.journal.JournalReader;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads from its journal how a build stands. */
final class Summaries {

  private Summaries() {}

  static BuildSummary of(BuildDirectory directory) {
    boolean isTaken = BuildLock.isTaken(directory.lock());
    StoredRequest request = StoredRequest.read(directory.request());
    Ends ends = ends(directory);
    if (ends == null) {
      throw new EngineException(
          ErrorCode.UNKNOWN_BUILD,
          "cannot find build %s: it never began. List builds with 'stepbox builds'."
              .formatted(directory.build()));
    }
    BuildFinished finished = ends.last() instanceof BuildFinished end ? end : null;
    Instant began = ends.first().stamp().time();
    State state = isTaken ? State.RUNNING : State.INTERRUPTED;
    return new BuildSummary(
        directory.build(),
        request.pipeline(),
        request.source().directory().toString(),
        request.options().execution(),
        finished != null ? State.FINISHED : state,
        finished == null ? null : finished.outcome(),
        began,
        Duration.between(began, ends.last().stamp().time()));
  }

  private record Ends(BuildStarted first, BuildEvent last) {}

  private static @Nullable Ends ends(BuildDirectory directory) {
    try (JournalReader reader = JournalReader.open(directory.journal())) {
      Optional<BuildEvent> first = reader.next();
      if (first.isPresent() && first.get() instanceof BuildStarted started) {
        return new Ends(started, reader.last().orElse(started));
      }
      return null;
    }
  }
}
