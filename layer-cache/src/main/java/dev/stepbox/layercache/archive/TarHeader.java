package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;

/** The fields of one header block of a tar archive (POSIX ustar, GNU, and the old form). */
final class TarHeader {
  static final int BLOCK_BYTES = 512;

  private static final int NAME = 0;
  private static final int MODE = 100;
  private static final int UID = 108;
  private static final int GID = 116;
  private static final int SIZE = 124;
  private static final int MTIME = 136;
  private static final int CHECKSUM = 148;
  private static final int TYPE = 156;
  private static final int LINK = 157;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  static final int GNU_SPARSE = 386;
  static final int GNU_SPARSE_EXTENDED = 482;
  static final int GNU_EXTENSION_EXTENDED = 504;
  private static final int GNU_REAL_SIZE = 483;
  private static final int NAME_LENGTH = 100;
  private static final int PREFIX_LENGTH = 155;

  private final byte[] block;

  /** Takes the block as it is; it must not change while this is in use. */
  TarHeader(byte[] block) {
    this.block = block;
  }

  boolean isAllZero() {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the checksum is right, summed with or without signs as old writers did. */
  boolean isChecksumRight() {
    int unsigned = 0;
    int signed = 0;
    for (int at = 0; at < BLOCK_BYTES; at++) {
      boolean isChecksum = at >= CHECKSUM && at < CHECKSUM + 8;
      unsigned += isChecksum ? ' ' : block[at] & 0xff;
      signed += isChecksum ? ' ' : block[at];
    }
    long expected = octal(CHECKSUM, 8, "checksum");
    return expected == unsigned || expected == signed;
  }

  char type() {
    return (char) (block[TYPE] & 0xff);
  }

  boolean isUstar() {
    return "ustar\0".equals(new String(block, MAGIC, 6, ISO_8859_1));
  }

  private boolean isGnu() {
    return "ustar ".equals(new String(block, MAGIC, 6, ISO_8859_1));
  }

  /** The path, with the prefix of the POSIX form. */
  String rawPath() {
    String name = text(NAME, NAME_LENGTH);
    String prefix = isUstar() && !isGnu() ? text(PREFIX, PREFIX_LENGTH) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  String rawLink() {
    return text(LINK, NAME_LENGTH);
  }

  int mode() {
    return (int) (number(MODE, 8, "mode") & 07777);
  }

  long uid() {
    return number(UID, 8, "uid");
  }

  long gid() {
    return number(GID, 8, "gid");
  }

  long size() {
    return number(SIZE, 12, "size");
  }

  long modifiedSeconds() {
    return number(MTIME, 12, "mtime");
  }

  long gnuRealSize() {
    return number(GNU_REAL_SIZE, 12, "real size");
  }

  /** A text up to its first NUL. */
  private String text(int start, int length) {
    int end = start;
    while (end < start + length && block[end] != 0) {
      end++;
    }
    return new String(block, start, end - start, ISO_8859_1);
  }

  /** A number in octal digits, or in base 256 where it does not fit them. */
  long number(int start, int length, String field) {
    int first = block[start] & 0xff;
    return (first & 0x80) == 0 ? octal(start, length, field) : base256(start, length, field);
  }

  private long base256(int start, int length, String field) {
    boolean isNegative = (block[start] & 0x40) != 0;
    long value = isNegative ? -1 : 0;
    for (int at = start; at < start + length; at++) {
      int b = block[at] & 0xff;
      if (at == start) {
        b = isNegative ? b : b & 0x7f;
      }
      if (value > (Long.MAX_VALUE >> 8) || value < (Long.MIN_VALUE >> 8)) {
        throw corrupt("its field '%s' is too large".formatted(field));
      }
      value = (value << 8) | b;
    }
    return value;
  }

  private long octal(int start, int length, String field) {
    int at = start;
    int end = start + length;
    while (at < end && (block[at] == ' ' || block[at] == 0)) {
      at++;
    }
    long value = 0;
    while (at < end && block[at] >= '0' && block[at] <= '7') {
      value = (value << 3) | (block[at] - '0');
      at++;
    }
    if (at < end && block[at] != ' ' && block[at] != 0) {
      throw corrupt("its field '%s' is no octal number".formatted(field));
    }
    return value;
  }

  static LayerCacheException corrupt(String why) {
    return new LayerCacheException(
        Code.ARCHIVE_CORRUPT,
        "cannot read the tar archive: an entry is damaged, %s. Fetch or make it again."
            .formatted(why));
  }
}
