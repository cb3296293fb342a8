package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Takes single bytes, blocks or whole pieces out of a feed. */
final class FeedBytes implements AutoCloseable {
  private final ByteFeed source;
  private @Nullable ByteBuffer current;
  private boolean isOver;

  FeedBytes(ByteFeed source) {
    this.source = source;
  }

  /**
   * What is left of the present piece, or the next one; the caller advances it. Null at the end.
   */
  @Nullable ByteBuffer piece() throws IOException, InterruptedException {
    while (!isOver && (current == null || !current.hasRemaining())) {
      current = source.next();
      isOver = current == null;
    }
    return isOver ? null : current;
  }

  boolean isAtEnd() throws IOException, InterruptedException {
    return piece() == null;
  }

  private ByteBuffer required() throws IOException, InterruptedException {
    ByteBuffer piece = piece();
    if (piece == null) {
      throw new LayerCacheException(
          Code.ARCHIVE_CORRUPT,
          "cannot read the archive: it ends too early. Fetch or make it again.");
    }
    return piece;
  }

  int read() throws IOException, InterruptedException {
    return required().get() & 0xff;
  }

  int readLittleEndian(int bytes) throws IOException, InterruptedException {
    int value = 0;
    for (int at = 0; at < bytes; at++) {
      value |= read() << (8 * at);
    }
    return value;
  }

  void readFully(byte[] target, int offset, int length) throws IOException, InterruptedException {
    int done = 0;
    while (done < length) {
      ByteBuffer piece = required();
      int count = Math.min(piece.remaining(), length - done);
      piece.get(target, offset + done, count);
      done += count;
    }
  }

  void skip(long bytes) throws IOException, InterruptedException {
    long left = bytes;
    if (current != null && current.remaining() < left) {
      left -= current.remaining();
      current.position(current.limit());
      left -= source.skip(left);
    }
    while (left > 0) {
      ByteBuffer piece = required();
      int count = (int) Math.min(piece.remaining(), left);
      piece.position(piece.position() + count);
      left -= count;
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
