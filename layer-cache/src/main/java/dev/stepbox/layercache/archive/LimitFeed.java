package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Refuses more bytes than a layer may have, and more than so little packed data should become. */
final class LimitFeed implements ByteFeed {
  private final ByteFeed source;
  private final Limits limits;
  private final LongSupplier packedBytes;
  private long bytes;

  /**
   * Limits what comes out of {@code source}.
   *
   * @param packedBytes how many bytes went into it until now
   */
  LimitFeed(ByteFeed source, Limits limits, LongSupplier packedBytes) {
    this.source = source;
    this.limits = limits;
    this.packedBytes = packedBytes;
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException, InterruptedException {
    ByteBuffer piece = source.next();
    if (piece == null) {
      return null;
    }
    bytes += piece.remaining();
    if (bytes > limits.layerBytesMax()) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          "cannot unpack the archive: it has more than %d bytes (limit layerBytesMax)"
              .formatted(limits.layerBytesMax()));
    }
    if (bytes > Limits.RATIO_FREE_BYTES
        && bytes / limits.ratioMax() > Math.max(1, packedBytes.getAsLong())) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          "cannot unpack the archive: it grows to more than %d times its size (limit ratioMax)"
              .formatted(limits.ratioMax()));
    }
    return piece;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
