package dev.stepbox.engine.scm;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * What a clone and its submodules have fetched. A pack says in its header how many objects it has,
 * and room for these is made before any of them has come. Not for use by several threads.
 */
final class Fetched {
  private static final int HEADER_BYTES = 12;
  private static final int COUNT_AT = 8;

  private final CloneLimits limits;
  private final BooleanSupplier stop;
  private long bytes;

  /**
   * Nothing is fetched yet.
   *
   * @param stop asked for each piece of a pack; true ends the fetch
   */
  Fetched(CloneLimits limits, BooleanSupplier stop) {
    this.limits = limits;
    this.stop = stop;
  }

  CloneLimits limits() {
    return limits;
  }

  /** More bytes of objects than may come are not taken, whatever way they come. */
  void add(long count) {
    bytes += count;
    if (bytes > limits.packBytes()) {
      throw tooMuch("it has more than %d bytes".formatted(limits.packBytes()));
    }
  }

  static EngineException tooMuch(String why) {
    return new EngineException(
        ErrorCode.LIMIT_EXCEEDED,
        "cannot fetch a repository: %s. Ask for less of its history with 'depth', or for a"
                .formatted(why)
            + " smaller one.");
  }

  /** Counts what is read of a pack, until that is to stop. */
  InputStream counted(InputStream pack) {
    return new Counted(pack);
  }

  private final class Counted extends FilterInputStream {
    private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);

    private Counted(InputStream pack) {
      super(pack);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
      if (stop.getAsBoolean()) {
        throw new InterruptedIOException("the fetch was stopped");
      }
      int read = super.read(into, from, count);
      if (read > 0) {
        add(read);
        look(into, from, read);
      }
      return read;
    }

    private void look(byte[] read, int from, int count) {
      if (header.hasRemaining()) {
        header.put(read, from, Math.min(count, header.remaining()));
        if (!header.hasRemaining()
            && Integer.toUnsignedLong(header.getInt(COUNT_AT)) > limits.packObjects()) {
          throw tooMuch("a pack of it has more than %d objects".formatted(limits.packObjects()));
        }
      }
    }
  }
}
