package dev.stepbox.layercache.archive;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One entry of an archive as it says of itself; nothing of it is to be trusted. Texts have one
 * character per byte.
 *
 * @param rawPath as it stands there, with dots and slashes
 * @param rawLink target of a link, otherwise empty
 * @param mode permissions with setuid, setgid and sticky bits
 * @param size of the content with its holes, in bytes; 0 for all but files
 */
public record TarEntry(
    Kind kind,
    String rawPath,
    String rawLink,
    int mode,
    long uid,
    long gid,
    long size,
    long modifiedSeconds,
    int modifiedNanos,
    SortedMap<String, String> rawXattrs) {

  public TarEntry {
    rawXattrs =
        rawXattrs.isEmpty()
            ? Collections.emptySortedMap()
            : Collections.unmodifiableSortedMap(new TreeMap<>(rawXattrs));
  }

  /** What an entry is. */
  public enum Kind {
    FILE,
    HARD_LINK,
    SYMBOLIC_LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    DIRECTORY,
    PIPE
  }
}
