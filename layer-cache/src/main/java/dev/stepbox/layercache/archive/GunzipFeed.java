package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Unpacks gzip, of one member or of several behind each other (RFC 1952). */
final class GunzipFeed implements ByteFeed {
  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;
  private static final int FLAGS_RESERVED = 0xe0;
  private static final int HEADER_TEXT_MAX = 1 << 16;

  private final FeedBytes source;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final ByteBuffer buffer = ByteBuffer.allocate(FileFeed.PIECE_BYTES);
  private boolean isInMember;

  GunzipFeed(ByteFeed source) {
    this.source = new FeedBytes(source);
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException, InterruptedException {
    buffer.clear();
    while (buffer.hasRemaining()) {
      if (!isInMember) {
        if (source.isAtEnd()) {
          break;
        }
        readHeader();
      }
      inflate();
      if (inflater.finished()) {
        endMember();
      }
    }
    return buffer.flip().hasRemaining() ? buffer : null;
  }

  private void inflate() throws IOException, InterruptedException {
    if (inflater.needsInput()) {
      ByteBuffer piece = source.piece();
      if (piece == null) {
        throw corrupt("it ends too early");
      }
      // The inflater takes the piece as it is; what it leaves over is counted at the end of a
      // member.
      inflater.setInput(piece);
    }
    try {
      int start = buffer.position();
      int count = inflater.inflate(buffer);
      crc.update(buffer.array(), start, count);
      if (count == 0 && inflater.needsDictionary()) {
        throw corrupt("it needs a dictionary");
      }
    } catch (DataFormatException e) {
      throw new LayerCacheException(
          Code.ARCHIVE_CORRUPT, message(String.valueOf(e.getMessage())), e);
    }
  }

  private void readHeader() throws IOException, InterruptedException {
    int magic = source.readLittleEndian(2);
    int method = source.read();
    int flags = source.read();
    if (magic != 0x8b1f || method != 8 || (flags & FLAGS_RESERVED) != 0) {
      throw corrupt("bytes that are no gzip follow");
    }
    source.skip(6);
    if ((flags & FLAG_EXTRA) != 0) {
      source.skip(source.readLittleEndian(2));
    }
    if ((flags & FLAG_NAME) != 0) {
      skipText();
    }
    if ((flags & FLAG_COMMENT) != 0) {
      skipText();
    }
    if ((flags & FLAG_HEADER_CRC) != 0) {
      source.skip(2);
    }
    inflater.reset();
    crc.reset();
    isInMember = true;
  }

  private void skipText() throws IOException, InterruptedException {
    for (int length = 0; source.read() != 0; length++) {
      if (length == HEADER_TEXT_MAX) {
        throw corrupt("its header is too long");
      }
    }
  }

  private void endMember() throws IOException, InterruptedException {
    isInMember = false;
    int expectedCrc = source.readLittleEndian(4);
    int expectedLength = source.readLittleEndian(4);
    if (expectedCrc != (int) crc.getValue()) {
      throw corrupt("its checksum is wrong");
    }
    if (expectedLength != (int) inflater.getBytesWritten()) {
      throw corrupt("its length is wrong");
    }
  }

  private static LayerCacheException corrupt(String why) {
    return new LayerCacheException(Code.ARCHIVE_CORRUPT, message(why));
  }

  private static String message(String why) {
    return "cannot unpack gzip data: %s. Fetch or make the archive again.".formatted(why);
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    source.close();
  }
}
