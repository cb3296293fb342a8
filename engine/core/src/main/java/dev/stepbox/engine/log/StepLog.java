package dev.stepbox.engine.log;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/**
 * The stored output of one step, secrets masked; it may still grow. Offsets count bytes from the
 * start of the log. Thread-safe.
 */
public interface StepLog {

  /** How many bytes there are at this moment; 0 for a step that has printed nothing. */
  long size() throws IOException;

  /**
   * What is stored from an offset on, up to {@link #size()} at this moment. The caller closes it.
   *
   * @param offset 0 to {@link #size()}
   */
  InputStream open(long offset) throws IOException;

  /**
   * Where the last lines begin.
   *
   * @param lines how many, at least 1
   * @return the offset of the first of them; an unended last line counts as one
   */
  long tail(int lines) throws IOException;

  /**
   * When the byte at an offset was printed, as exactly as it was recorded.
   *
   * @param offset 0 to {@link #size()}, exclusive
   */
  Instant timeAt(long offset) throws IOException;
}
