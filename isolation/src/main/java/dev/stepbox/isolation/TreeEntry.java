package dev.stepbox.isolation;

/**
 * One entry of a listed tree.
 *
 * @param path relative to the tree, empty for its root
 * @param kind what it is
 * @param mode permission bits, setuid, setgid and sticky included
 * @param uid owner inside the namespace
 * @param gid group inside the namespace
 * @param size bytes of a regular file, else 0
 * @param modifiedNanos modification time, nanoseconds since 1970
 * @param linkTarget target of a symbolic link, else empty
 * @param inode equal for hard links to the same file within one tree
 * @param links how many names the file has
 */
public record TreeEntry(
    String path,
    Kind kind,
    int mode,
    int uid,
    int gid,
    long size,
    long modifiedNanos,
    String linkTarget,
    long inode,
    long links) {

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
