package dev.stepbox.engine.log;

import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.agent.protocol.TimeMark;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Writes the output of one step. Not for use by several threads. */
final class LogWriter implements AutoCloseable {

  private final LogFiles files;
  private final FileChannel text;
  private final FileChannel index;
  private long size;
  private long rawOffset;
  private long lastMicros = Long.MIN_VALUE;

  private LogWriter(LogFiles files, FileChannel text, FileChannel index) {
    this.files = files;
    this.text = text;
    this.index = index;
  }

  /**
   * Begin a log, or go on with one: what was not finished is cut off.
   *
   * @throws EngineException {@link dev.stepbox.engine.ErrorCode#HOME_UNUSABLE}, {@link
   *     dev.stepbox.engine.ErrorCode#NO_SPACE}
   */
  static LogWriter open(LogFiles files) {
    try {
      Files.createDirectories(files.text().getParent());
      FileChannel index = channel(files.index());
      try {
        var writer = new LogWriter(files, channel(files.text()), index);
        writer.recover();
        return writer;
      } catch (IOException e) {
        index.close();
        throw e;
      }
    } catch (IOException e) {
      throw DiskFailures.of("write the log", files.text(), e);
    }
  }

  private static FileChannel channel(java.nio.file.Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private void recover() throws IOException {
    long records = index.size() / LogFiles.RECORD_BYTES;
    ByteBuffer end = LogEnds.lastEnd(index, records, text.size());
    long keep = end == null ? 0 : end.getLong(0);
    if (end != null) {
      size = end.getLong(8);
      rawOffset = end.getLong(16);
    }
    index.truncate(keep);
    index.position(keep);
    text.truncate(size);
    text.position(size);
  }

  /** Store a piece of output. */
  void append(StepOutput output) {
    try {
      ByteBuffer bytes = output.bytes().asByteBuffer();
      while (bytes.hasRemaining()) {
        text.write(bytes);
      }
      ByteBuffer records = ByteBuffer.allocate((output.marks().size() + 1) * LogFiles.RECORD_BYTES);
      for (TimeMark mark : output.marks()) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, mark.at());
        if (micros != lastMicros) {
          records.putLong(size + mark.offset()).putLong(LogFiles.TIME).putLong(micros);
          lastMicros = micros;
        }
      }
      size += output.bytes().size();
      rawOffset = output.rawEndOffset();
      records.putLong(size).putLong(rawOffset).putLong(0).flip();
      while (records.hasRemaining()) {
        index.write(records);
      }
    } catch (IOException e) {
      throw DiskFailures.of("write the log", files.text(), e);
    }
  }

  /** Bytes stored. */
  long size() {
    return size;
  }

  /** Where what is stored ends in the raw output. */
  long rawOffset() {
    return rawOffset;
  }

  @Override
  public void close() {
    try (text;
        index) {
      // Both are closed, also when the first fails.
    } catch (IOException e) {
      throw DiskFailures.of("close the log", files.text(), e);
    }
  }
}
