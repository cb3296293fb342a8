package dev.stepbox.engine.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** Finds where a log was whole. */
final class LogEnds {

  private LogEnds() {}

  /**
   * The last end that the text really has: bytes of the index up to it, place in the text, place in
   * the raw output. Null for none.
   */
  static @Nullable ByteBuffer lastEnd(FileChannel index, long records, long textSize)
      throws IOException {
    for (long record = records - 1; record >= 0; record--) {
      ByteBuffer read = read(index, record);
      boolean isEnd = read.getLong(8) != LogFiles.TIME;
      if (isEnd && read.getLong(0) <= textSize) {
        return ByteBuffer.allocate(LogFiles.RECORD_BYTES)
            .putLong((record + 1) * LogFiles.RECORD_BYTES)
            .putLong(read.getLong(0))
            .putLong(read.getLong(8));
      }
    }
    return null;
  }

  static ByteBuffer read(FileChannel index, long record) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LogFiles.RECORD_BYTES);
    while (bytes.hasRemaining()) {
      int count = index.read(bytes, record * LogFiles.RECORD_BYTES + bytes.position());
      if (count < 0) {
        throw new EOFException("the index of a log became shorter");
      }
    }
    return bytes;
  }
}
