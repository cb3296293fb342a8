package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.archive.TarEntry.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive entry by entry: ustar, pax with binary extended attributes, GNU long names,
 * base-256 numbers, and sparse files of GNU and pax in all four forms. Every text is kept byte for
 * byte. What an archive says is bounded by {@link Limits} before memory is taken for it; damage is
 * a {@link LayerCacheException} with {@code ARCHIVE_CORRUPT}.
 */
public final class TarReader implements AutoCloseable {
  private static final long TIME_MAX = 1L << 36;
  private static final int SPARSE_DIGITS_MAX = 20;

  private final FeedBytes source;
  private final Limits limits;
  private final byte[] block = new byte[TarHeader.BLOCK_BYTES];
  private final PaxRecords global = new PaxRecords(null);
  private long globalBytes;
  private long headerBytes;
  private SparseMap content = SparseMap.whole(0);
  private long contentLeft;
  private long padding;
  private long consumed;
  private int entries;

  public TarReader(ByteFeed source, Limits limits) {
    this.source = new FeedBytes(source);
    this.limits = limits;
  }

  /** Takes the content of a file. */
  public interface Sink {
    /** Takes bytes that lie at {@code offset}; what lies between calls is a hole. */
    void take(long offset, ByteBuffer bytes) throws IOException;
  }

  /** The next entry; what of the content of the last one was not taken is passed over. */
  public @Nullable TarEntry next() throws IOException, InterruptedException {
    skip(contentLeft + padding);
    contentLeft = 0;
    padding = 0;
    content = SparseMap.whole(0);
    headerBytes = 0;
    PaxRecords local = new PaxRecords(global);
    String longPath = null;
    String longLink = null;
    for (TarHeader header = header(); header != null; header = header()) {
      switch (header.type()) {
        case 'g' -> global.add(globalData(header), limits);
        case 'x', 'X' -> local.add(headerData(header), limits);
        case 'L' -> longPath = longName(header);
        case 'K' -> longLink = longName(header);
        case 'V' -> skip(padded(size(header.size())));
        default -> {
          return entry(header, local, longPath, longLink);
        }
      }
    }
    if (longPath != null || longLink != null || !local.isEmpty()) {
      throw TarHeader.corrupt("it ends after an extended header");
    }
    return null;
  }

  /** Where the content of the present entry begins, in bytes from the start of the archive. */
  public long contentOffset() {
    return consumed;
  }

  /** How many bytes of the archive hold the content of the present entry. */
  public long storedBytes() {
    return contentLeft;
  }

  /** Hands the content of the present entry to a sink; once for each entry. */
  public void content(Sink sink) throws IOException, InterruptedException {
    List<Long> pairs = content.pairs();
    for (int at = 0; at < pairs.size(); at += 2) {
      long offset = pairs.get(at);
      long left = pairs.get(at + 1);
      while (left > 0) {
        ByteBuffer piece = source.piece();
        if (piece == null) {
          throw TarHeader.corrupt("its content is cut short");
        }
        int count = (int) Math.min(piece.remaining(), left);
        ByteBuffer slice = piece.slice(piece.position(), count);
        piece.position(piece.position() + count);
        sink.take(offset, slice);
        offset += count;
        left -= count;
        contentLeft -= count;
        consumed += count;
      }
    }
  }

  /** The content of the present entry, a file without holes, as a feed of its own. */
  public ByteFeed contentFeed() {
    if (content.storedBytes() != content.size()) {
      throw new LayerCacheException(
          Code.UNSUPPORTED, "cannot read the archive: an archive in it is stored with holes");
    }
    return () -> {
      ByteBuffer piece = contentLeft == 0 ? null : source.piece();
      if (piece == null) {
        return null;
      }
      int count = (int) Math.min(piece.remaining(), contentLeft);
      ByteBuffer part =
          ByteBuffer.wrap(piece.array(), piece.arrayOffset() + piece.position(), count);
      piece.position(piece.position() + count);
      contentLeft -= count;
      consumed += count;
      return part;
    };
  }

  /** The content of the present entry, which must not be larger than {@code bytesMax}. */
  public byte[] content(String what, int bytesMax) throws IOException, InterruptedException {
    if (content.size() > bytesMax) {
      throw limit("bytes in " + what, "jsonBytesMax", bytesMax);
    }
    byte[] all = new byte[(int) content.size()];
    content((offset, bytes) -> bytes.get(all, (int) offset, bytes.remaining()));
    return all;
  }

  /**
   * Passes over what follows the end of the archive.
   *
   * @return whether anything but zeros was there
   */
  public boolean drain() throws IOException, InterruptedException {
    boolean hasGarbage = false;
    for (ByteBuffer piece = source.piece(); piece != null; piece = source.piece()) {
      while (piece.hasRemaining()) {
        hasGarbage |= piece.get() != 0;
      }
    }
    return hasGarbage;
  }

  private @Nullable TarHeader header() throws IOException, InterruptedException {
    if (source.isAtEnd()) {
      if (consumed == 0) {
        throw TarHeader.corrupt("there is not one block");
      }
      // Some writers leave out the two blocks of zeros that end an archive.
      return null;
    }
    readBlock(block);
    TarHeader header = new TarHeader(block);
    if (header.isAllZero()) {
      return null;
    }
    if (!header.isChecksumRight()) {
      throw TarHeader.corrupt("its checksum is wrong");
    }
    entries++;
    if (entries > limits.entriesMax()) {
      throw limit("entries", "entriesMax", limits.entriesMax());
    }
    return header;
  }

  private void readBlock(byte[] target) throws IOException, InterruptedException {
    source.readFully(target, 0, target.length);
    consumed += target.length;
  }

  /** All headers of this kind are kept to the end of the archive, so they are bounded together. */
  private byte[] globalData(TarHeader header) throws IOException, InterruptedException {
    globalBytes = withinHeaderBytes(globalBytes, header);
    return headerData(header);
  }

  private String longName(TarHeader header) throws IOException, InterruptedException {
    byte[] data = headerData(header);
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return new String(data, 0, end, ISO_8859_1);
  }

  private byte[] headerData(TarHeader header) throws IOException, InterruptedException {
    headerBytes = withinHeaderBytes(headerBytes, header);
    long size = size(header.size());
    byte[] data = new byte[(int) size];
    source.readFully(data, 0, data.length);
    consumed += data.length;
    skip(padded(size) - size);
    return data;
  }

  /** How many bytes of extended headers there are with one more. */
  private long withinHeaderBytes(long before, TarHeader header) {
    long bytes = before + size(header.size());
    if (bytes > limits.headerBytesMax()) {
      throw limit("bytes in extended headers", "headerBytesMax", limits.headerBytesMax());
    }
    return bytes;
  }

  private TarEntry entry(
      TarHeader header, PaxRecords pax, @Nullable String longPath, @Nullable String longLink)
      throws IOException, InterruptedException {
    String path = firstOf(pax.rawPath(), longPath, header.rawPath());
    String link = firstOf(pax.rawLink(), longLink, header.rawLink());
    Kind kind = kind(header, path);
    BigDecimal modified = pax.modified();
    long seconds = modified == null ? header.modifiedSeconds() : floor(modified);
    int nanos = modified == null ? 0 : nanos(modified);
    TarEntry entry =
        new TarEntry(
            kind,
            path,
            kind == Kind.HARD_LINK || kind == Kind.SYMBOLIC_LINK ? link : "",
            header.mode(),
            pax.number("uid", header.uid()),
            pax.number("gid", header.gid()),
            kind == Kind.FILE ? beginContent(header, pax) : 0,
            Math.clamp(seconds, -TIME_MAX, TIME_MAX),
            nanos,
            pax.xattrs());
    if (header.type() == 'D') {
      // GNU's list of names in a directory, of no use here.
      skip(padded(size(header.size())));
    }
    return entry;
  }

  private static String firstOf(@Nullable String first, @Nullable String second, String last) {
    if (first != null) {
      return first;
    }
    return second != null ? second : last;
  }

  private static long floor(BigDecimal time) {
    return time.unscaledValue().subtract(fraction(time)).divide(BILLION).longValue();
  }

  private static int nanos(BigDecimal time) {
    return fraction(time).intValue();
  }

  private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000);

  private static BigInteger fraction(BigDecimal time) {
    return time.unscaledValue().mod(BILLION);
  }

  private static Kind kind(TarHeader header, String path) {
    return switch (header.type()) {
      // The oldest form has no kind of its own for directories.
      case '\0', '0', '7' -> path.endsWith("/") && header.size() == 0 ? Kind.DIRECTORY : Kind.FILE;
      case 'S' -> Kind.FILE;
      case '1' -> Kind.HARD_LINK;
      case '2' -> Kind.SYMBOLIC_LINK;
      case '3' -> Kind.CHARACTER_DEVICE;
      case '4' -> Kind.BLOCK_DEVICE;
      case '5', 'D' -> Kind.DIRECTORY;
      case '6' -> Kind.PIPE;
      default ->
          throw new LayerCacheException(
              Code.UNSUPPORTED,
              "cannot read the tar archive: '%s' is of kind '%s', which is not known here"
                  .formatted(path, header.type()));
    };
  }

  /** Prepares for the content that follows; tells the size of the file. */
  private long beginContent(TarHeader header, PaxRecords pax)
      throws IOException, InterruptedException {
    long stored = size(pax.number("size", header.size()));
    Long sparseSize = pax.sparseSize();
    contentLeft = stored;
    padding = padded(stored) - stored;
    if (header.type() == 'S') {
      content = new SparseMap(gnuPairs(header), size(header.gnuRealSize()));
    } else if (sparseSize == null) {
      content = SparseMap.whole(stored);
    } else {
      List<Long> pairs = pax.hasSparseMapInContent() ? pairsInContent() : pax.sparsePairs();
      content = new SparseMap(pairs, size(sparseSize));
    }
    if (content.storedBytes() != contentLeft) {
      throw TarHeader.corrupt("its sparse map does not fit its content");
    }
    return content.size();
  }

  private List<Long> gnuPairs(TarHeader header) throws IOException, InterruptedException {
    List<Long> pairs = new ArrayList<>();
    addGnuPairs(header, TarHeader.GNU_SPARSE, 4, pairs);
    boolean hasMore = block[TarHeader.GNU_SPARSE_EXTENDED] != 0;
    byte[] extension = new byte[TarHeader.BLOCK_BYTES];
    while (hasMore) {
      readBlock(extension);
      addGnuPairs(new TarHeader(extension), 0, 21, pairs);
      hasMore = extension[TarHeader.GNU_EXTENSION_EXTENDED] != 0;
      if (pairs.size() * 16L > limits.headerBytesMax()) {
        throw limit("bytes in a sparse map", "headerBytesMax", limits.headerBytesMax());
      }
    }
    return pairs;
  }

  private static void addGnuPairs(TarHeader header, int start, int count, List<Long> pairs) {
    for (int pair = 0; pair < count; pair++) {
      int at = start + pair * 24;
      long offset = header.number(at, 12, "sparse offset");
      long length = header.number(at + 12, 12, "sparse length");
      if (offset == 0 && length == 0) {
        return;
      }
      pairs.add(offset);
      pairs.add(length);
    }
  }

  private List<Long> pairsInContent() throws IOException, InterruptedException {
    long before = consumed;
    long count = decimalLine();
    if (count * 2 > limits.headerBytesMax() / 16) {
      throw limit("pieces in a sparse map", "headerBytesMax", limits.headerBytesMax());
    }
    List<Long> pairs = new ArrayList<>();
    for (long number = 0; number < count * 2; number++) {
      pairs.add(decimalLine());
    }
    long map = consumed - before;
    skip(padded(map) - map);
    contentLeft -= padded(map);
    return pairs;
  }

  private long decimalLine() throws IOException, InterruptedException {
    long value = 0;
    for (int digits = 0; digits < SPARSE_DIGITS_MAX; digits++) {
      int c = source.read();
      consumed++;
      if (c == '\n' && digits > 0) {
        return value;
      }
      if (c < '0' || c > '9' || value > Long.MAX_VALUE / 20) {
        break;
      }
      value = value * 10 + (c - '0');
    }
    throw TarHeader.corrupt("its sparse map is no list of numbers");
  }

  private long size(long size) {
    if (size < 0) {
      throw TarHeader.corrupt("its size is negative");
    }
    if (size > limits.fileBytesMax()) {
      throw limit("bytes in a file", "fileBytesMax", limits.fileBytesMax());
    }
    return size;
  }

  private void skip(long bytes) throws IOException, InterruptedException {
    source.skip(bytes);
    consumed += bytes;
  }

  private static long padded(long size) {
    return Math.ceilDiv(size, TarHeader.BLOCK_BYTES) * TarHeader.BLOCK_BYTES;
  }

  static LayerCacheException limit(String what, String name, long value) {
    return new LayerCacheException(
        Code.LIMIT_EXCEEDED,
        "cannot read the archive: it has more than %d %s (limit %s)".formatted(value, what, name));
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
