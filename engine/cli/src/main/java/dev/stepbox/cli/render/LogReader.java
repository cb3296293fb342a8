package dev.stepbox.cli.render;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.cli.terminal.LineSink;
import dev.stepbox.cli.terminal.OutputText;
import dev.stepbox.cli.terminal.OutputText.Colours;
import dev.stepbox.engine.log.StepLog;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Reads the output of one step as it grows, from where it was read last. Not thread-safe. */
final class LogReader {

  /** Bytes that are read at once. */
  static final int CHUNK_BYTES = 64 * 1024;

  private final StepLog log;
  private final OutputText text;
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private long offset;
  private long lineStart;

  LogReader(StepLog log, Colours colours, LineSink sink) {
    this.log = log;
    this.text = new OutputText(colours, sink);
  }

  /** How much has been read. */
  long offset() {
    return offset;
  }

  /** Where the line begins that the sink is given. */
  long lineStart() {
    return lineStart;
  }

  /** How much there is to read now. */
  long behind() throws IOException {
    return log.size() - offset;
  }

  /**
   * Reads what there is, but not much more than the given number of bytes.
   *
   * @return how many bytes were read
   */
  long read(long most) throws IOException {
    long before = offset;
    if (behind() <= 0) {
      return 0;
    }
    try (InputStream in = log.open(offset)) {
      int count = in.read(chunk);
      while (count > 0) {
        take(count);
        offset += count;
        count = offset - before >= most ? 0 : in.read(chunk);
      }
    }
    return offset - before;
  }

  private void take(int count) {
    int from = 0;
    for (int at = 0; at < count; at++) {
      if (chunk[at] == '\n') {
        text.accept(chunk, from, at + 1 - from);
        from = at + 1;
        lineStart = offset + from;
      }
    }
    text.accept(chunk, from, count - from);
  }

  /** Leaves out everything but about the given number of bytes at the end. */
  void skipAllBut(long bytes) throws IOException {
    long from = log.size() - bytes;
    if (from > offset) {
      offset = from;
      lineStart = from;
      text.skip();
    }
  }

  /** The line that has no end yet. */
  String partial() {
    return text.partial();
  }

  /** Hands on a last line that has no end. */
  void flush() {
    text.flush();
  }

  /** The last lines of a log, safe to show. */
  static List<String> tail(StepLog log, int lines, Colours colours) throws IOException {
    if (log.size() == 0) {
      return List.of();
    }
    List<String> read = new ArrayList<>();
    LogReader reader =
        new LogReader(
            log,
            colours,
            (bytes, from, length) -> read.add(new String(bytes, from, length, UTF_8)));
    reader.offset =
        Math.max(log.tail(lines), log.size() - (long) lines * OutputText.LINE_BYTES_MAX);
    reader.read(Long.MAX_VALUE);
    reader.flush();
    return read.subList(Math.max(0, read.size() - lines), read.size());
  }
}
