package dev.stepbox.isolation;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One entry of a listed tree.
 *
 * @param path relative to the tree, as {@link IdMappedTrees} has it
 * @param kind what it is
 * @param mode permission bits, setuid, setgid and sticky included
 * @param uid owner inside the namespace
 * @param gid group inside the namespace
 * @param size bytes of a regular file, else 0
 * @param modifiedNanos modification time, nanoseconds since 1970
 * @param links how many names the file has
 * @param inode equal for hard links to the same file within one tree
 * @param rawLink target of a symbolic link, one character per byte; else empty
 * @param rawAttributes extended attributes by name, one character per byte of value; without those
 *     of the overlay file system itself
 */
public record TreeEntry(
    String path,
    Kind kind,
    int mode,
    int uid,
    int gid,
    long size,
    long modifiedNanos,
    long links,
    long inode,
    String rawLink,
    SortedMap<String, String> rawAttributes) {

  public TreeEntry {
    rawAttributes = Collections.unmodifiableSortedMap(new TreeMap<>(rawAttributes));
  }

  /** The kind of an entry. */
  public enum Kind {
    FILE,
    DIRECTORY,
    /** A directory that hides what lower layers have in it. */
    OPAQUE_DIRECTORY,
    SYMBOLIC_LINK,
    /** The entry of this name in a lower layer is gone. */
    WHITEOUT,
    PIPE,
    SOCKET,
    DEVICE
  }
}
