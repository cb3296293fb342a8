package dev.stepbox.layercache.archive;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Feeds an array in pieces of a chosen size. */
final class BytesFeed implements ByteFeed {
  private final byte[] bytes;
  private final int pieceBytes;
  private int position;

  BytesFeed(byte[] bytes, int pieceBytes) {
    this.bytes = bytes;
    this.pieceBytes = pieceBytes;
  }

  @Override
  public @Nullable ByteBuffer next() {
    if (position == bytes.length) {
      return null;
    }
    int count = Math.min(pieceBytes, bytes.length - position);
    ByteBuffer piece = ByteBuffer.wrap(bytes, position, count);
    position += count;
    return piece;
  }
}
