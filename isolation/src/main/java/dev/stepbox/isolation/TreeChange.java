package dev.stepbox.isolation;

import java.nio.ByteBuffer;

/** One change to a file, given by a path relative to a tree. */
public sealed interface TreeChange {

  /** Relative, without {@code ..}; empty for the root of the tree. */
  String path();

  /** Sets the owner without following a link. Clears setuid bits, so set the mode afterwards. */
  record Owner(String path, int uid, int gid) implements TreeChange {}

  /** Sets the mode bits, setuid, setgid and sticky included. */
  record Mode(String path, int mode) implements TreeChange {}

  /** Sets the modification time. */
  record Modified(String path, long seconds, int nanos) implements TreeChange {}

  /**
   * Sets an extended attribute.
   *
   * @param value the bytes between position and limit; kept as a read-only view
   */
  record Attribute(String path, String name, ByteBuffer value) implements TreeChange {
    public Attribute {
      value = value.asReadOnlyBuffer();
    }
  }

  /** Makes a whiteout: the file of this name in a lower layer is gone. */
  record Whiteout(String path) implements TreeChange {}

  /** Makes a directory opaque: nothing of lower layers shows in it. */
  record Opaque(String path) implements TreeChange {}

  /** Makes a named pipe. */
  record Pipe(String path, int mode) implements TreeChange {}
}
