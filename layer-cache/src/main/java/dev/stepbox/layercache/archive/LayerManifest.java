package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreePath;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The list of files of a layer with their sizes and checksums, by which damage is found. One line
 * for each: {@code size crc path}, in the order of unpacking; {@code - path} says that what was
 * listed there until then is gone.
 */
public final class LayerManifest implements AutoCloseable {
  private final BufferedWriter out;

  private LayerManifest(BufferedWriter out) {
    this.out = out;
  }

  /**
   * What is known of a file.
   *
   * @param size of the content with its holes
   * @param crc CRC-32C of the content, or {@link #UNKNOWN} for a file with holes
   */
  public record Line(long size, long crc) {
    public static final long UNKNOWN = -1;
  }

  static LayerManifest create(Path file) throws IOException {
    return new LayerManifest(Files.newBufferedWriter(file, ISO_8859_1));
  }

  void add(String rawPath, long size, long crc) throws IOException {
    out.write(Long.toString(size));
    out.write(' ');
    out.write(Long.toHexString(crc));
    out.write(' ');
    writePath(rawPath);
  }

  void gone(String rawPath) throws IOException {
    out.write("- ");
    writePath(rawPath);
  }

  private void writePath(String rawPath) throws IOException {
    out.write(rawPath.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r"));
    out.write('\n');
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /**
   * Reads a manifest: what is known of each file, by raw path.
   *
   * @throws LayerCacheException {@code STORE_CORRUPT} when it is damaged itself
   */
  public static SortedMap<String, Line> read(Path file) throws IOException {
    SortedMap<String, Line> lines = new TreeMap<>();
    for (String line : Files.readAllLines(file, ISO_8859_1)) {
      String[] fields = line.split(" ", line.startsWith("- ") ? 2 : 3);
      try {
        TreePath path = path(fields[fields.length - 1]);
        if (fields.length == 2) {
          lines.remove(path.raw());
          if (!path.isRoot()) {
            // '0' is the character after '/', so this is everything below the path.
            lines.subMap(path.raw() + "/", path.raw() + "0").clear();
          }
        } else {
          lines.put(path.raw(), new Line(Long.parseLong(fields[0]), Long.parseLong(fields[1], 16)));
        }
      } catch (IllegalArgumentException e) {
        throw new LayerCacheException(
            Code.STORE_CORRUPT,
            "cannot check a layer: '%s' is damaged at '%s'. Import the image again."
                .formatted(file, line),
            e);
      }
    }
    return lines;
  }

  private static TreePath path(String escaped) {
    StringBuilder raw = new StringBuilder();
    for (int at = 0; at < escaped.length(); at++) {
      char c = escaped.charAt(at);
      if (c == '\\' && at + 1 < escaped.length()) {
        at++;
        char escape = escaped.charAt(at);
        c = escape == 'n' ? '\n' : escape == 'r' ? '\r' : escape;
      }
      raw.append(c);
    }
    return new TreePath(raw.toString());
  }
}
