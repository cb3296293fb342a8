package dev.stepbox.layercache.ownid;

import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreeEntry.Kind;
import dev.stepbox.layercache.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;

/**
 * What {@code lstat} tells of a file.
 *
 * @param type bits of the mode that say the kind of file
 * @param permissions the other bits of the mode
 */
record FileStatus(
    int type, int permissions, long size, long inode, long links, long device, FileTime modified) {
  private static final int TYPE_MASK = 0170000;
  private static final int PERMISSION_MASK = 07777;
  private static final int PIPE = 0010000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int DIRECTORY = 0040000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int FILE = 0100000;
  private static final int LINK = 0120000;

  static FileStatus of(Path path) throws IOException {
    Map<String, Object> read =
        Files.readAttributes(
            path, "unix:mode,ino,nlink,rdev,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    int mode = number(read, "mode").intValue();
    return new FileStatus(
        mode & TYPE_MASK,
        mode & PERMISSION_MASK,
        number(read, "size").longValue(),
        number(read, "ino").longValue(),
        number(read, "nlink").longValue(),
        number(read, "rdev").longValue(),
        read.get("lastModifiedTime") instanceof FileTime time ? time : FileTime.fromMillis(0));
  }

  private static Number number(Map<String, Object> read, String name) throws IOException {
    if (read.get(name) instanceof Number number) {
      return number;
    }
    throw new IOException("the file system does not tell '%s'".formatted(name));
  }

  boolean isDirectory() {
    return type == DIRECTORY;
  }

  boolean isFile() {
    return type == FILE;
  }

  boolean isLink() {
    return type == LINK;
  }

  /** Whether the kernel made it to say that a file of a lower layer is gone. */
  boolean isWhiteoutDevice() {
    return type == CHARACTER_DEVICE && device == 0;
  }

  /** The entry of a tree that this file is; reads the link target and extended attributes. */
  TreeEntry entry(Path file, TreePath path) throws IOException {
    SortedMap<String, String> xattrs =
        isFile() || isDirectory() ? OpenAccess.to(file, this, Xattrs::read) : Xattrs.NONE;
    Kind kind = kind(xattrs);
    Instant time = modified.toInstant();
    return new TreeEntry(
        path,
        kind,
        permissions,
        0,
        0,
        isFile() && kind == Kind.FILE ? size : 0,
        time.getEpochSecond(),
        time.getNano(),
        links,
        inode,
        isLink() ? RawPaths.raw(Files.readSymbolicLink(file)) : "",
        Xattrs.ofContent(xattrs));
  }

  private Kind kind(SortedMap<String, String> xattrs) {
    return switch (type) {
      case FILE -> size == 0 && xattrs.containsKey(Xattrs.WHITEOUT) ? Kind.WHITEOUT : Kind.FILE;
      case DIRECTORY ->
          "y".equals(xattrs.get(Xattrs.OPAQUE)) ? Kind.OPAQUE_DIRECTORY : Kind.DIRECTORY;
      case LINK -> Kind.SYMBOLIC_LINK;
      case PIPE -> Kind.PIPE;
      case CHARACTER_DEVICE -> isWhiteoutDevice() ? Kind.WHITEOUT : Kind.DEVICE;
      case BLOCK_DEVICE -> Kind.DEVICE;
      default -> Kind.SOCKET;
    };
  }
}
