package dev.stepbox.engine;

import dev.stepbox.agent.protocol.StageResult;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A line of the list of builds.
 *
 * @param pipeline name of the pipeline file as the user gave it
 * @param directory the directory that was built
 * @param execution whether its commands are executed
 * @param state whether it runs
 * @param outcome null unless it is finished
 * @param startedAt when it began
 * @param elapsed how long it took; for an unfinished build up to its last recorded event
 */
public record BuildSummary(
    BuildId build,
    String pipeline,
    String directory,
    Execution execution,
    State state,
    @Nullable StageResult outcome,
    Instant startedAt,
    Duration elapsed) {

  /** Where a build stands. */
  public enum State {
    /** A process carries it on. */
    RUNNING,
    /** It is not finished, and no process carries it on: {@code stepbox attach} would. */
    INTERRUPTED,
    /** It is over. */
    FINISHED
  }
}
