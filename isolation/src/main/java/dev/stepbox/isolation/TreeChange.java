package dev.stepbox.isolation;

/**
 * One change to a file, given by a path relative to a tree as {@link IdMappedTrees} has it. Parents
 * exist, and no change follows a symbolic link.
 */
public sealed interface TreeChange {

  /** What is changed. */
  String path();

  /** Sets the owner. Clears setuid bits, so set the mode afterwards. */
  record Owner(String path, int uid, int gid) implements TreeChange {}

  /** Sets the mode bits, setuid, setgid and sticky included. Not for a symbolic link. */
  record Mode(String path, int mode) implements TreeChange {}

  /** Sets the modification time. */
  record Modified(String path, long seconds, int nanos) implements TreeChange {}

  /**
   * Sets an extended attribute.
   *
   * @param rawValue one character per byte
   */
  record Attribute(String path, String name, String rawValue) implements TreeChange {}

  /** Makes a directory; one that exists is left as it is. */
  record Directory(String path, int mode) implements TreeChange {}

  /** Makes a whiteout: the file of this name in a lower layer is gone. */
  record Whiteout(String path) implements TreeChange {}

  /** Makes a directory opaque: nothing of lower layers shows in it. */
  record Opaque(String path) implements TreeChange {}

  /** Makes a named pipe. */
  record Pipe(String path, int mode) implements TreeChange {}
}
