package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Writes tar archives that no tar would write. */
final class Tar {
  private static final int BLOCK = 512;
  private static final int SUM_AT = 148;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Tar file(String name, String content) {
    byte[] bytes = content.getBytes(UTF_8);
    header(name, '0', "", bytes.length, 0644, 0);
    return content(bytes);
  }

  Tar directory(String name) {
    return header(name + "/", '5', "", 0, 0755, 0);
  }

  Tar link(String name, String target) {
    return header(name, '2', target, 0, 0777, 0);
  }

  Tar hardLink(String name, String target) {
    return header(name, '1', target, 0, 0644, 0);
  }

  /** Any entry without content. */
  Tar entry(String name, char kind, int mode, long user) {
    return header(name, kind, "", 0, mode, user);
  }

  /** A header that promises content, which does not follow. */
  Tar promise(String name, long size) {
    return header(name, '0', "", size, 0644, 0);
  }

  /** One record of an extended header, for the entry that comes next. */
  Tar extended(String key, String value) {
    int length = key.length() + value.getBytes(UTF_8).length + 3;
    length += Integer.toString(length + Integer.toString(length).length()).length();
    byte[] bytes = "%d %s=%s\n".formatted(length, key, value).getBytes(UTF_8);
    header("pax", 'x', "", bytes.length, 0644, 0);
    return content(bytes);
  }

  byte[] bytes() {
    out.writeBytes(new byte[2 * BLOCK]);
    return out.toByteArray();
  }

  private Tar content(byte[] bytes) {
    out.writeBytes(Arrays.copyOf(bytes, (bytes.length + BLOCK - 1) / BLOCK * BLOCK));
    return this;
  }

  private Tar header(String name, char kind, String target, long size, int mode, long user) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name, 100);
    put(block, 100, "%07o".formatted(mode), 8);
    put(block, 108, "%07o".formatted(user & 07777777), 8);
    put(block, 116, "%07o".formatted(user & 07777777), 8);
    put(block, 124, "%011o".formatted(size), 12);
    put(block, 136, "%011o".formatted(0), 12);
    block[156] = (byte) kind;
    put(block, 157, target, 100);
    put(block, 257, "ustar\00000", 8);
    Arrays.fill(block, SUM_AT, SUM_AT + 8, (byte) ' ');
    int sum = 0;
    for (byte value : block) {
      sum += value & 0xff;
    }
    put(block, SUM_AT, "%06o\0".formatted(sum), 8);
    out.writeBytes(block);
    return this;
  }

  private static void put(byte[] block, int at, String text, int most) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, Math.min(bytes.length, most));
  }
}
