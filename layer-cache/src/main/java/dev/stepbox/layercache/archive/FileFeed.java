package dev.stepbox.layercache.archive;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Feeds a part of a file, which it opens for itself. */
final class FileFeed implements ByteFeed {
  static final int PIECE_BYTES = 1 << 18;

  private final FileChannel file;
  private final ByteBuffer buffer = ByteBuffer.allocate(PIECE_BYTES);
  private final long end;
  private long position;

  FileFeed(Path path, long start, long length) throws IOException {
    this.file = FileChannel.open(path, StandardOpenOption.READ);
    this.position = start;
    this.end = start + length;
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException {
    if (position >= end) {
      return null;
    }
    buffer.clear().limit((int) Math.min(buffer.capacity(), end - position));
    int count = file.read(buffer, position);
    if (count <= 0) {
      throw new EOFException("the file became shorter while it was read");
    }
    position += count;
    return buffer.flip();
  }

  @Override
  public long skip(long bytes) {
    long skipped = Math.min(bytes, end - position);
    position += skipped;
    return skipped;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
