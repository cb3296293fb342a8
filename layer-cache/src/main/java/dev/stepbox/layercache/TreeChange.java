package dev.stepbox.layercache;

/**
 * One change to the metadata of a tree, or a file that holds nothing else. Ids are those of the
 * image. No change follows a symbolic link, and no parent of a path is one.
 */
public sealed interface TreeChange {
  /** What is changed. */
  TreePath path();

  /** Gives a file to other ids. Clears setuid bits and file capabilities, so comes before those. */
  record Owner(TreePath path, int uid, int gid) implements TreeChange {}

  /** Sets permissions, with setuid, setgid and sticky bits. Never for a symbolic link. */
  record Mode(TreePath path, int mode) implements TreeChange {}

  /** Sets the time of last change. */
  record Modified(TreePath path, long seconds, int nanos) implements TreeChange {}

  /**
   * Sets an extended attribute.
   *
   * @param rawValue one character per byte
   */
  record SetXattr(TreePath path, String name, String rawValue) implements TreeChange {}

  /** Creates the mark that the path of the layers below is gone. The parent exists. */
  record Whiteout(TreePath path) implements TreeChange {}

  /** Marks a directory so that nothing of the layers below shows in it. */
  record Opaque(TreePath path) implements TreeChange {}

  /** Creates a named pipe. The parent exists. */
  record Pipe(TreePath path, int mode) implements TreeChange {}
}
