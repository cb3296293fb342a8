package dev.stepbox.engine.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/** A log in its two files; they may not exist yet, and may grow. */
final class StoredLog implements StepLog {

  private static final int CHUNK = 64 * 1024;

  /** Records of the index that are read at once. */
  private static final int RECORDS = 4096;

  private final LogFiles files;
  private final Instant begin;
  private long[] places = {};
  private long[] micros = {};
  private int times;

  /** How much of the index was read, in whole records. */
  private long indexBytes;

  /**
   * A log.
   *
   * @param begin when the step began: the time of output without one
   */
  StoredLog(LogFiles files, Instant begin) {
    this.files = files;
    this.begin = begin;
  }

  @Override
  public long size() throws IOException {
    try {
      return Files.size(files.text());
    } catch (NoSuchFileException nothingPrintedYet) {
      return 0;
    }
  }

  @Override
  public InputStream open(long offset) throws IOException {
    long size = size();
    if (offset < 0 || offset > size) {
      throw new IllegalArgumentException("offset %d of a log of %d bytes".formatted(offset, size));
    }
    if (size == 0) {
      return InputStream.nullInputStream();
    }
    FileChannel channel = FileChannel.open(files.text(), StandardOpenOption.READ);
    channel.position(offset);
    return Channels.newInputStream(channel);
  }

  @Override
  public long tail(int lines) throws IOException {
    if (lines < 1) {
      throw new IllegalArgumentException("at least one line, not " + lines);
    }
    long at = size();
    if (at == 0) {
      return 0;
    }
    try (FileChannel channel = FileChannel.open(files.text(), StandardOpenOption.READ)) {
      long end = at;
      int wanted = lines;
      while (at > 0) {
        int length = (int) Math.min(CHUNK, at);
        at -= length;
        ByteBuffer bytes = ByteBuffer.allocate(length);
        channel.read(bytes, at);
        for (int i = bytes.position() - 1; i >= 0; i--) {
          boolean isLast = at + i == end - 1;
          if (bytes.get(i) == '\n' && !isLast && --wanted == 0) {
            return at + i + 1;
          }
        }
      }
      return 0;
    }
  }

  @Override
  public synchronized Instant timeAt(long offset) throws IOException {
    if (times == 0 || places[times - 1] <= offset) {
      readOn();
    }
    int found = Arrays.binarySearch(places, 0, times, offset);
    int before = found >= 0 ? found : -found - 2;
    return before < 0 ? begin : Instant.EPOCH.plus(micros[before], ChronoUnit.MICROS);
  }

  /** Takes in what the index has got since the last time, so that each record is read once. */
  private void readOn() throws IOException {
    try {
      if (Files.size(files.index()) - indexBytes < LogFiles.RECORD_BYTES) {
        return;
      }
      try (FileChannel index = FileChannel.open(files.index(), StandardOpenOption.READ)) {
        ByteBuffer chunk = ByteBuffer.allocate(RECORDS * LogFiles.RECORD_BYTES);
        while (index.read(chunk, indexBytes) >= LogFiles.RECORD_BYTES) {
          chunk.flip();
          while (chunk.remaining() >= LogFiles.RECORD_BYTES) {
            note(chunk.getLong(), chunk.getLong(), chunk.getLong());
            indexBytes += LogFiles.RECORD_BYTES;
          }
          chunk.clear();
        }
      }
    } catch (NoSuchFileException nothingPrintedYet) {
      times = 0;
      indexBytes = 0;
    }
  }

  private void note(long place, long kind, long value) {
    if (kind != LogFiles.TIME) {
      return;
    }
    // Two times at one place: the later one is of what follows.
    boolean isSamePlace = times > 0 && places[times - 1] == place;
    times -= isSamePlace ? 1 : 0;
    if (times == places.length) {
      int more = Math.max(RECORDS, 2 * times);
      places = Arrays.copyOf(places, more);
      micros = Arrays.copyOf(micros, more);
    }
    places[times] = place;
    micros[times++] = value;
  }
}
