package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes tar archives byte by byte, also such as no honest program writes. */
public final class TarBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, String> pax = new LinkedHashMap<>();
  private String ids = "0000000";
  private int mode = -1;
  private long modified = 1_000_000_000L;

  /** Owner and group of the entries that follow. */
  public TarBytes owner(int id) {
    ids = "%07o".formatted(id);
    return this;
  }

  /** Mode of the entries that follow; otherwise 0755 for a directory and 0644 for the rest. */
  public TarBytes mode(int bits) {
    mode = bits;
    return this;
  }

  /** Time of the entries that follow, in seconds. */
  public TarBytes modified(long seconds) {
    modified = seconds;
    return this;
  }

  /** A record for the next entry alone; one character per byte. */
  public TarBytes pax(String key, String value) {
    pax.put(key, value);
    return this;
  }

  public TarBytes directory(String path) {
    return entry('5', path, "", "");
  }

  public TarBytes file(String path, String content) {
    return entry('0', path, "", content);
  }

  public TarBytes link(String path, String target) {
    return entry('2', path, target, "");
  }

  public TarBytes hardLink(String path, String target) {
    return entry('1', path, target, "");
  }

  /** Any entry; texts with one character per byte. */
  public TarBytes entry(char type, String path, String link, String content) {
    return entry(type, path, link, content.getBytes(ISO_8859_1));
  }

  /** Any entry. */
  public TarBytes entry(char type, String path, String link, byte[] content) {
    writePax();
    if (path.length() > 100) {
      longName('L', path);
    }
    if (link.length() > 100) {
      longName('K', link);
    }
    byte[] header = header(type, path, link, content.length);
    checksum(header);
    return raw(header).content(content);
  }

  private void writePax() {
    if (!pax.isEmpty()) {
      Map<String, String> records = new LinkedHashMap<>(pax);
      pax.clear();
      paxHeader('x', records);
    }
  }

  /** An extended header of kind {@code x} or {@code g}. */
  public TarBytes paxHeader(char type, Map<String, String> records) {
    StringBuilder text = new StringBuilder();
    records.forEach((key, value) -> text.append(record(key, value)));
    byte[] data = text.toString().getBytes(ISO_8859_1);
    byte[] header = header(type, "pax", "", data.length);
    checksum(header);
    return raw(header).content(data);
  }

  /** One record of an extended header, which begins with its own length. */
  public static String record(String key, String value) {
    int body = key.length() + value.length() + 3;
    int length = body + Integer.toString(body).length();
    if (Integer.toString(length).length() > Integer.toString(body).length()) {
      length++;
    }
    return length + " " + key + "=" + value + "\n";
  }

  private void longName(char type, String name) {
    byte[] data = (name + "\0").getBytes(ISO_8859_1);
    byte[] header = header(type, "././@LongLink", "", data.length);
    checksum(header);
    raw(header).content(data);
  }

  /** A header block without checksum. */
  public byte[] header(char type, String path, String link, long size) {
    byte[] header = new byte[512];
    put(header, 0, path, 100);
    int usual = type == '5' ? 0755 : 0644;
    put(header, 100, "%07o".formatted(mode < 0 ? usual : mode), 8);
    put(header, 108, ids, 8);
    put(header, 116, ids, 8);
    put(header, 124, "%011o".formatted(size), 12);
    if (modified >= 0) {
      put(header, 136, "%011o".formatted(modified), 12);
    } else {
      base256(header, 136, 12, modified);
    }
    header[156] = (byte) type;
    put(header, 157, link, 100);
    put(header, 257, "ustar\0" + "00", 8);
    return header;
  }

  /** Writes text into a header, cut at a length. */
  public static void put(byte[] header, int at, String text, int lengthMax) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, header, at, Math.min(bytes.length, lengthMax));
  }

  /** Writes a number into a header in base 256. */
  public static void base256(byte[] header, int at, int length, long value) {
    for (int index = 0; index < length; index++) {
      int shift = 8 * (length - 1 - index);
      header[at + index] = (byte) (shift >= 64 ? value >> 63 : value >> shift);
    }
    header[at] = (byte) (value < 0 ? 0xff : header[at] | 0x80);
  }

  /** Writes the checksum into a header. */
  public static void checksum(byte[] header) {
    put(header, 148, "        ", 8);
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum), 8);
  }

  /** Any bytes. */
  public TarBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** Content, filled up to a whole block. */
  public TarBytes content(byte[] bytes) {
    out.writeBytes(bytes);
    out.writeBytes(new byte[(512 - bytes.length % 512) % 512]);
    return this;
  }

  /** The archive with its end. */
  public byte[] bytes() {
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  /** The archive without its end. */
  public byte[] bytesWithoutEnd() {
    return out.toByteArray();
  }
}
