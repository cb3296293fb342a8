package dev.stepbox.engine.log;

import java.nio.file.Path;

/**
 * The two files of a log. The text holds the stored output and nothing else. The index holds
 * records of three 8-byte numbers, big-endian, by ascending place:
 *
 * <ul>
 *   <li>a time: place in the text, -1, microseconds since 1970; it holds up to the next time
 *   <li>an end: place in the text, place in the raw output of the step, 0; up to here both are
 *       known to agree
 * </ul>
 *
 * <p>The text is written before the index, so what lies behind the last end was not finished when
 * the engine died: it is cut off and asked for again.
 */
record LogFiles(Path text, Path index) {

  static final int RECORD_BYTES = 24;

  /** In place of the raw offset: the record tells a time. */
  static final long TIME = -1;

  static LogFiles of(Path directory, String stage, int step) {
    Path folder = directory.resolve(stage);
    return new LogFiles(folder.resolve(step + ".log"), folder.resolve(step + ".idx"));
  }
}
