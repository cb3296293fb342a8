package dev.stepbox.engine.journal;

import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a journal in order, also of one that another process writes at this moment.
 * Not for use by several threads.
 */
public final class JournalReader implements AutoCloseable {

  private static final int CHUNK = 64 * 1024;

  private final Path file;
  private final FileChannel channel;
  private byte[] buffer = new byte[CHUNK];
  private int start;
  private int end;
  private long offset;

  private JournalReader(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Begin at the first event.
   *
   * @throws EngineException {@link ErrorCode#HOME_UNUSABLE} when there is no such file
   */
  public static JournalReader open(Path file) {
    try {
      return new JournalReader(file, FileChannel.open(file, StandardOpenOption.READ));
    } catch (IOException e) {
      throw DiskFailures.of("read the journal", file, e);
    }
  }

  /**
   * The next whole record; empty when there is none yet. What follows a damaged record is never
   * read: the next writer cuts it off.
   *
   * @throws EngineException {@link ErrorCode#JOURNAL_CORRUPT} when a record is whole, but not one
   *     that this version knows
   */
  public Optional<BuildEvent> next() {
    try {
      int feed = feed(start);
      if (feed < 0) {
        load();
        feed = feed(start);
      }
      if (feed < 0) {
        return Optional.empty();
      }
      BuildEvent event = Records.read(buffer, start, feed);
      if (event == null) {
        // Perhaps cut off and written again meanwhile: look at the file anew next time.
        end = start;
        return Optional.empty();
      }
      offset += feed + 1 - start;
      start = feed + 1;
      return Optional.of(event);
    } catch (JsonException e) {
      throw unknown(e);
    } catch (IOException e) {
      throw DiskFailures.of("read the journal", file, e);
    }
  }

  /**
   * The last whole record of the file, found from its end; empty when there is none. Leaves {@link
   * #next()} alone.
   */
  public Optional<BuildEvent> last() {
    try {
      long to = channel.size();
      int length = CHUNK;
      while (true) {
        long from = Math.max(0, to - length);
        byte[] tail = new byte[(int) (to - from)];
        int read = Math.max(0, channel.read(ByteBuffer.wrap(tail), from));
        BuildEvent found = lastIn(tail, read);
        if (found != null || from == 0 || length >= Records.BYTES_MAX) {
          return Optional.ofNullable(found);
        }
        length = Math.min(length * 4, Records.BYTES_MAX);
      }
    } catch (JsonException e) {
      throw unknown(e);
    } catch (IOException e) {
      throw DiskFailures.of("read the journal", file, e);
    }
  }

  private static @Nullable BuildEvent lastIn(byte[] bytes, int length) {
    int end = -1;
    for (int at = length - 1; at >= -1; at--) {
      if (at < 0 || bytes[at] == '\n') {
        BuildEvent event = end < 0 ? null : Records.read(bytes, at + 1, end);
        if (event != null) {
          return event;
        }
        end = at;
      }
    }
    return null;
  }

  /** How many bytes the events that were read take. */
  public long offset() {
    return offset;
  }

  private EngineException unknown(JsonException e) {
    return new EngineException(
        ErrorCode.JOURNAL_CORRUPT,
        "cannot read the journal '%s' at byte %d: %s. It may be of a newer version of Stepbox."
            .formatted(file, offset, e.getMessage()),
        e);
  }

  private int feed(int from) {
    for (int i = from; i < end; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Read on from the end of the last whole record, so that nothing stale is ever kept. */
  private void load() throws IOException {
    start = 0;
    end = 0;
    while (feed(0) < 0) {
      if (end == buffer.length) {
        if (buffer.length >= Records.BYTES_MAX) {
          return;
        }
        buffer = Arrays.copyOf(buffer, Math.min(buffer.length * 4, Records.BYTES_MAX));
      }
      int read = channel.read(ByteBuffer.wrap(buffer, end, buffer.length - end), offset + end);
      if (read <= 0) {
        return;
      }
      end += read;
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
}
