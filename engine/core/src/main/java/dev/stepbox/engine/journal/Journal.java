package dev.stepbox.engine.journal;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildResumed;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes the journal of a build. An event is in the file when {@link #append} returns, and so
 * survives the death of this process; it survives a power cut after the next {@link #sync}. The
 * caller holds the lock of the build. Not for use by several threads, but for {@link #sync}.
 */
public final class Journal implements AutoCloseable {

  /** Longest journal of a build, in bytes. */
  public static final long BYTES_MAX = 1L << 30;

  private final Path file;
  private final FileChannel channel;
  private final long bytesMax;
  private long size;

  Journal(Path file, FileChannel channel, long size, long bytesMax) {
    this.file = file;
    this.channel = channel;
    this.size = size;
    this.bytesMax = bytesMax;
  }

  /**
   * Begin a journal that does not exist.
   *
   * @param bytesMax longest journal; the ends of steps, stages and the build are written even so
   * @throws EngineException {@link ErrorCode#HOME_UNUSABLE}, {@link ErrorCode#NO_SPACE}
   */
  public static Journal create(Path file, long bytesMax) {
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return new Journal(file, channel, 0, bytesMax);
    } catch (IOException e) {
      throw DiskFailures.of("begin the journal", file, e);
    }
  }

  /**
   * Go on with a journal: read it, and cut off what follows its last whole record.
   *
   * @param bytesMax as for {@link #create}
   * @throws EngineException {@link ErrorCode#JOURNAL_CORRUPT}, {@link ErrorCode#HOME_UNUSABLE}
   */
  public static Replayed reopen(Path file, long bytesMax) {
    List<BuildEvent> events = new ArrayList<>();
    long size;
    try (JournalReader reader = JournalReader.open(file)) {
      Optional<BuildEvent> event = reader.next();
      while (event.isPresent()) {
        events.add(event.get());
        event = reader.next();
      }
      size = reader.offset();
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
      long cut = channel.size() - size;
      channel.truncate(size);
      channel.position(size);
      return new Replayed(new Journal(file, channel, size, bytesMax), events, cut);
    } catch (IOException e) {
      throw DiskFailures.of("go on with the journal", file, e);
    }
  }

  /**
   * Write an event.
   *
   * @throws EngineException {@link ErrorCode#NO_SPACE}, {@link ErrorCode#HOME_UNUSABLE}, {@link
   *     ErrorCode#LIMIT_EXCEEDED}; then the journal is as it was before
   */
  public void append(BuildEvent event) {
    byte[] line = Records.write(event);
    if (size + line.length > bytesMax && !isEnd(event)) {
      throw new EngineException(
          ErrorCode.LIMIT_EXCEEDED,
          "cannot write the journal '%s': it has %d bytes, the limit is %d. Make a smaller build."
              .formatted(file, size, bytesMax));
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      size += line.length;
    } catch (IOException e) {
      EngineException failure = DiskFailures.of("write the journal", file, e);
      cutBack(failure);
      throw failure;
    }
  }

  private static boolean isEnd(BuildEvent event) {
    return event instanceof BuildResumed
        || event instanceof StepFinished
        || event instanceof StageFinished
        || event instanceof StageSkipped
        || event instanceof BuildCancelling
        || event instanceof BuildFinished;
  }

  private void cutBack(EngineException failure) {
    try {
      channel.truncate(size);
      channel.position(size);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Return when everything that was written survives a power cut. For any thread.
   *
   * @throws EngineException {@link ErrorCode#HOME_UNUSABLE}, {@link ErrorCode#NO_SPACE}
   */
  public void sync() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw DiskFailures.of("write the journal", file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw DiskFailures.of("close the journal", file, e);
    }
  }

  /**
   * A journal that was read back.
   *
   * @param cutBytes how many bytes after the last whole record were cut off
   */
  public record Replayed(Journal journal, List<BuildEvent> events, long cutBytes) {
    public Replayed {
      events = List.copyOf(events);
    }
  }
}
