package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The tar archive of a layer, unpacked if it is compressed, with the digests of both forms. Reading
 * with hashing, and unpacking with hashing, each run in a thread of their own ahead of the reader.
 */
public final class LayerStream implements ByteFeed {
  private static final int MAGIC_BYTES = 6;

  private final ByteFeed feed;
  private final DigestFeed packed;
  private final DigestFeed unpacked;

  private LayerStream(ByteFeed feed, DigestFeed packed, DigestFeed unpacked) {
    this.feed = feed;
    this.packed = packed;
    this.unpacked = unpacked;
  }

  /** Reads a part of a file, until closed. */
  public static ByteFeed ofFile(Path file, long start, long length) throws IOException {
    return new FileFeed(file, start, length);
  }

  /**
   * Begins to read.
   *
   * @param source the archive, compressed or not; closed with the stream
   * @throws LayerCacheException {@code UNSUPPORTED} for other compressions than gzip
   */
  public static LayerStream open(ByteFeed source, Limits limits)
      throws IOException, InterruptedException {
    try {
      return started(source, limits);
    } catch (IOException | InterruptedException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static LayerStream started(ByteFeed source, Limits limits)
      throws IOException, InterruptedException {
    AtomicLong packedBytes = new AtomicLong();
    StartedFeed started = StartedFeed.of(source, MAGIC_BYTES);
    DigestFeed packed = new DigestFeed(new CountFeed(started, packedBytes));
    if (Compression.of(started.start()) == Compression.NONE) {
      ByteFeed bounded = new LimitFeed(packed, limits, () -> Long.MAX_VALUE);
      return new LayerStream(new AheadFeed("read", bounded), packed, packed);
    }
    GunzipFeed gunzip = new GunzipFeed(new AheadFeed("read", packed));
    DigestFeed unpacked = new DigestFeed(new LimitFeed(gunzip, limits, packedBytes::get));
    return new LayerStream(new AheadFeed("unpack", unpacked), packed, unpacked);
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException, InterruptedException {
    return feed.next();
  }

  /** Digest of the bytes as they were given; called after the end. */
  public Digest packedDigest() {
    return packed.digest();
  }

  /** Digest of the tar archive; called after the end. */
  public Digest diffId() {
    return unpacked.digest();
  }

  @Override
  public void close() throws IOException {
    feed.close();
  }

  /** How an archive is compressed, by its first bytes. */
  private enum Compression {
    NONE,
    GZIP;

    static Compression of(byte[] start) {
      if (startsWith(start, 0x1f, 0x8b)) {
        return GZIP;
      }
      if (startsWith(start, 0x28, 0xb5, 0x2f, 0xfd)) {
        throw unsupported("zstd");
      }
      if (startsWith(start, 0xfd, '7', 'z', 'X', 'Z', 0)) {
        throw unsupported("xz");
      }
      if (startsWith(start, 'B', 'Z', 'h')) {
        throw unsupported("bzip2");
      }
      return NONE;
    }

    private static boolean startsWith(byte[] start, int... magic) {
      for (int at = 0; at < magic.length; at++) {
        if (at >= start.length || (start[at] & 0xff) != magic[at]) {
          return false;
        }
      }
      return true;
    }

    private static LayerCacheException unsupported(String name) {
      return new LayerCacheException(
          Code.UNSUPPORTED,
          ("cannot unpack the archive: it is compressed with %s. Compress it with gzip, or not at"
                  + " all.")
              .formatted(name));
    }
  }

  /** Counts what passes, for a reader in another thread. */
  private record CountFeed(ByteFeed source, AtomicLong bytes) implements ByteFeed {
    @Override
    public @Nullable ByteBuffer next() throws IOException, InterruptedException {
      ByteBuffer piece = source.next();
      if (piece != null) {
        bytes.addAndGet(piece.remaining());
      }
      return piece;
    }

    @Override
    public void close() throws IOException {
      source.close();
    }
  }

  /** A feed of which the first bytes are known already. */
  private static final class StartedFeed implements ByteFeed {
    private final List<ByteBuffer> first;
    private final ByteFeed rest;

    private StartedFeed(List<ByteBuffer> first, ByteFeed rest) {
      this.first = first;
      this.rest = rest;
    }

    static StartedFeed of(ByteFeed source, int bytes) throws IOException, InterruptedException {
      List<ByteBuffer> first = new ArrayList<>();
      int count = 0;
      while (count < bytes) {
        ByteBuffer piece = source.next();
        if (piece == null) {
          break;
        }
        count += piece.remaining();
        byte[] copy = new byte[piece.remaining()];
        piece.get(copy);
        first.add(ByteBuffer.wrap(copy));
      }
      return new StartedFeed(first, source);
    }

    byte[] start() {
      ByteBuffer start = ByteBuffer.allocate(MAGIC_BYTES);
      for (ByteBuffer piece : first) {
        start.put(piece.slice(0, Math.min(piece.remaining(), start.remaining())));
      }
      return Arrays.copyOf(start.array(), start.position());
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException, InterruptedException {
      return first.isEmpty() ? rest.next() : first.removeFirst();
    }

    @Override
    public void close() throws IOException {
      rest.close();
    }
  }
}
