package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.TreePath;
import java.util.ArrayList;
import java.util.List;

/** Turns the paths of an archive into names below a root, or refuses them. */
final class EntryPaths {
  /** Longest path, in bytes: what the kernel takes, with place left for that of the store. */
  static final int PATH_BYTES_MAX = 3500;

  private final Limits limits;

  EntryPaths(Limits limits) {
    this.limits = limits;
  }

  /**
   * The names of a path, without empty ones and {@code .}; none for the root. A leading slash means
   * the root of the image.
   *
   * @throws LayerCacheException {@code ARCHIVE_REFUSED} for a path that climbs or is no path,
   *     {@code LIMIT_EXCEEDED} for one too long or too deep
   */
  List<String> names(String rawPath) {
    if (rawPath.isEmpty()) {
      throw refused(rawPath, "it is empty");
    }
    if (rawPath.indexOf('\0') >= 0) {
      throw refused(rawPath, "it has a NUL byte");
    }
    if (rawPath.length() > PATH_BYTES_MAX) {
      throw exceeded(rawPath, "is longer than %d bytes".formatted(PATH_BYTES_MAX));
    }
    List<String> names = new ArrayList<>();
    for (String name : rawPath.split("/", -1)) {
      if (name.equals("..")) {
        throw refused(rawPath, "it climbs by '..'");
      }
      if (name.length() > TreePath.NAME_BYTES_MAX) {
        throw exceeded(
            rawPath, "has a name longer than %d bytes".formatted(TreePath.NAME_BYTES_MAX));
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    if (names.size() > limits.depthMax()) {
      throw exceeded(
          rawPath, "has more than %d names (limit depthMax)".formatted(limits.depthMax()));
    }
    return names;
  }

  static LayerCacheException refused(String rawPath, String why) {
    return new LayerCacheException(
        Code.ARCHIVE_REFUSED,
        "refused to unpack '%s': %s. Do not trust this archive.".formatted(shown(rawPath), why));
  }

  private static LayerCacheException exceeded(String rawPath, String what) {
    return new LayerCacheException(
        Code.LIMIT_EXCEEDED, "cannot unpack '%s': its path %s".formatted(shown(rawPath), what));
  }

  private static String shown(String raw) {
    int lengthMax = 200;
    String shortened = raw.length() > lengthMax ? raw.substring(0, lengthMax) + "..." : raw;
    StringBuilder shown = new StringBuilder();
    for (int at = 0; at < shortened.length(); at++) {
      char c = shortened.charAt(at);
      shown.append(c < ' ' || c > '~' ? "\\x%02x".formatted((int) c) : String.valueOf(c));
    }
    return shown.toString();
  }
}
