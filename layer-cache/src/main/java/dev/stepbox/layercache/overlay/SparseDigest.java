package dev.stepbox.layercache.overlay;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * A digest of the data of a file that takes no time for its holes: equal for two files of one size
 * exactly if their contents are, whether zeros stand in holes or on disk. Not for use by several
 * threads.
 */
final class SparseDigest {
  private static final int BLOCK_BYTES = 4096;
  private static final byte[] ZEROS = new byte[BLOCK_BYTES];

  private final MessageDigest hash;
  private final byte[] block = new byte[BLOCK_BYTES];
  private long number;

  SparseDigest() {
    try {
      hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Takes the next piece of the file; all between it and the last one is zeros. */
  void add(long at, byte[] data) {
    int done = 0;
    while (done < data.length) {
      long position = at + done;
      begin(position / BLOCK_BYTES);
      int inBlock = (int) (position % BLOCK_BYTES);
      int count = Math.min(BLOCK_BYTES - inBlock, data.length - done);
      System.arraycopy(data, done, block, inBlock, count);
      done += count;
    }
  }

  byte[] end() {
    flush();
    return hash.digest();
  }

  private void begin(long wanted) {
    if (wanted != number) {
      flush();
      number = wanted;
    }
  }

  /** A block of zeros says as much as none. */
  private void flush() {
    if (!Arrays.equals(block, ZEROS)) {
      hash.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
      hash.update(block);
      Arrays.fill(block, (byte) 0);
    }
  }
}
