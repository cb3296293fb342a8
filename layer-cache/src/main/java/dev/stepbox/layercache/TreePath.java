package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.List;

/**
 * A path relative to the root of a tree, exact to the byte: file names of Linux need not be text.
 * Has no empty, {@code .} or {@code ..} component, so that it cannot leave its tree; whoever
 * resolves it must not follow symbolic links.
 *
 * @param raw one character per byte, value 1 to 255; components separated by {@code /}; empty for
 *     the root of the tree
 */
public record TreePath(String raw) implements Comparable<TreePath> {
  /** Longest path, in bytes: the kernel's PATH_MAX less its final NUL. */
  public static final int BYTES_MAX = 4095;

  /** Longest name of one component, in bytes: the kernel's NAME_MAX. */
  public static final int NAME_BYTES_MAX = 255;

  /** The root of a tree. */
  public static final TreePath ROOT = new TreePath("");

  public TreePath {
    if (!isValid(raw)) {
      throw new IllegalArgumentException("not a path in a tree: '%s'".formatted(printable(raw)));
    }
  }

  /** The path of these bytes. */
  public static TreePath ofBytes(byte[] bytes) {
    return new TreePath(new String(bytes, ISO_8859_1));
  }

  /** The path of this text in UTF-8. */
  public static TreePath of(String text) {
    return ofBytes(text.getBytes(UTF_8));
  }

  /** Whether these bytes, one per character, are a path that this type can hold. */
  public static boolean isValid(String raw) {
    if (raw.isEmpty()) {
      return true;
    }
    if (raw.length() > BYTES_MAX) {
      return false;
    }
    int start = 0;
    for (int at = 0; at <= raw.length(); at++) {
      char c = at == raw.length() ? '/' : raw.charAt(at);
      if (c == 0 || c > 255) {
        return false;
      }
      if (c == '/') {
        if (!isValidName(raw, start, at)) {
          return false;
        }
        start = at + 1;
      }
    }
    return true;
  }

  private static boolean isValidName(String raw, int start, int end) {
    int length = end - start;
    boolean isDots =
        raw.startsWith(".", start) && (length == 1 || (length == 2 && raw.startsWith("..", start)));
    return length >= 1 && length <= NAME_BYTES_MAX && !isDots;
  }

  /** The bytes of the path, in a new array. */
  public byte[] bytes() {
    return raw.getBytes(ISO_8859_1);
  }

  public boolean isRoot() {
    return raw.isEmpty();
  }

  /** The path of a name below this one. */
  public TreePath child(String rawName) {
    return new TreePath(isRoot() ? rawName : raw + "/" + rawName);
  }

  /** The directory that holds this path; the root's is the root. */
  public TreePath parent() {
    int slash = raw.lastIndexOf('/');
    return slash < 0 ? ROOT : new TreePath(raw.substring(0, slash));
  }

  /** The last component, one character per byte. */
  public String rawName() {
    return raw.substring(raw.lastIndexOf('/') + 1);
  }

  /** The components, one character per byte. */
  public List<String> rawNames() {
    return isRoot() ? List.of() : List.of(raw.split("/", -1));
  }

  /** Whether {@code other} lies below this path; no path lies below itself. */
  public boolean contains(TreePath other) {
    if (isRoot()) {
      return !other.isRoot();
    }
    return other.raw.length() > raw.length()
        && other.raw.startsWith(raw)
        && other.raw.charAt(raw.length()) == '/';
  }

  /** This path below a directory, exact to the byte whatever the encoding of the JVM. */
  public Path in(Path directory) {
    if (isRoot()) {
      return directory;
    }
    return directory.resolve(RawPaths.of(raw));
  }

  @Override
  public int compareTo(TreePath other) {
    return raw.compareTo(other.raw);
  }

  /**
   * Readable form: UTF-8 where it is that, with control characters and other bytes as {@code \xNN}.
   */
  @Override
  public String toString() {
    return printable(raw);
  }

  private static String printable(String raw) {
    String text = raw;
    try {
      ByteBuffer bytes = ByteBuffer.wrap(raw.getBytes(ISO_8859_1));
      text = UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException ignored) {
      // Not UTF-8: shown byte by byte below.
      return escape(raw, 127);
    }
    return escape(text, Integer.MAX_VALUE);
  }

  private static String escape(String text, int limit) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (c < limit && !Character.isISOControl(c)) {
            out.appendCodePoint(c);
          } else {
            out.append("\\x%02x".formatted(c));
          }
        });
    return out.toString();
  }
}
