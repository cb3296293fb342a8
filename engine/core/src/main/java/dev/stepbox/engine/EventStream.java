package dev.stepbox.engine;

import dev.stepbox.engine.event.BuildEvent;
import java.time.Duration;
import java.util.Optional;

/**
 * The events of one build in order, each once: those that are in the journal, then those that come.
 * For one reading thread; {@link #close()} may be called by any thread and wakes the reader.
 */
public interface EventStream extends AutoCloseable {

  /**
   * The next event, after a wait if there is none yet. Empty when none will come: the build is
   * over, nobody carries it on, or the stream was closed.
   *
   * @throws EngineException {@link ErrorCode#JOURNAL_CORRUPT} when the journal cannot be read
   */
  Optional<BuildEvent> next() throws InterruptedException;

  /** As {@link #next()}, but also empty when the time is over; see {@link #hasEnded()}. */
  Optional<BuildEvent> poll(Duration timeout) throws InterruptedException;

  /** Whether no further event will come and all have been read. */
  boolean hasEnded();

  @Override
  void close();
}
