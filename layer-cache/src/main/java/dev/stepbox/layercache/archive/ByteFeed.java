package dev.stepbox.layercache.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A stream of bytes in pieces. For one thread at a time. */
public interface ByteFeed extends AutoCloseable {

  /**
   * The next piece; null at the end.
   *
   * @return a buffer with an array, at least one byte remaining, valid until the next call
   */
  @Nullable ByteBuffer next() throws IOException, InterruptedException;

  /**
   * Passes over bytes without reading them, where that is cheaper.
   *
   * @return how many of them were passed over, from 0 up
   */
  default long skip(long bytes) throws IOException {
    return 0;
  }

  /** Ends what feeds this feed. */
  @Override
  default void close() throws IOException {}
}
