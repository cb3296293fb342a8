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

  private final LogFiles files;
  private final Instant begin;
  private long[] places = {};
  private long[] micros = {};

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
    if (places.length == 0 || places[places.length - 1] <= offset) {
      load();
    }
    int found = Arrays.binarySearch(places, offset);
    int before = found >= 0 ? found : -found - 2;
    return before < 0 ? begin : Instant.EPOCH.plus(micros[before], ChronoUnit.MICROS);
  }

  private void load() throws IOException {
    try (FileChannel index = FileChannel.open(files.index(), StandardOpenOption.READ)) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Math.toIntExact(Math.min(index.size(), Integer.MAX_VALUE - 8)));
      while (bytes.hasRemaining() && index.read(bytes) >= 0) {}
      bytes.flip();
      int count = bytes.limit() / LogFiles.RECORD_BYTES;
      long[] newPlaces = new long[count];
      long[] newMicros = new long[count];
      int times = 0;
      for (int record = 0; record < count; record++) {
        int at = record * LogFiles.RECORD_BYTES;
        if (bytes.getLong(at + 8) == LogFiles.TIME) {
          // Two times at one place: the later one is of what follows.
          boolean isSamePlace = times > 0 && newPlaces[times - 1] == bytes.getLong(at);
          times -= isSamePlace ? 1 : 0;
          newPlaces[times] = bytes.getLong(at);
          newMicros[times++] = bytes.getLong(at + 16);
        }
      }
      places = Arrays.copyOf(newPlaces, times);
      micros = Arrays.copyOf(newMicros, times);
    } catch (NoSuchFileException nothingPrintedYet) {
      places = new long[0];
    }
  }
}
