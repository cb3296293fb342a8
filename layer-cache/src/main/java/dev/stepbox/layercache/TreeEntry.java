package dev.stepbox.layercache;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One entry of a tree. Ids are those of the image.
 *
 * @param mode permissions with setuid, setgid and sticky bits, without the kind of file
 * @param size bytes of content of a file; otherwise 0
 * @param links names of the file
 * @param inode equal for two names of one file
 * @param rawLink target of a symbolic link, one character per byte; otherwise empty
 * @param rawXattrs extended attributes that belong to the content, by name; one character per byte
 *     of value; never those of the overlay file system itself
 */
public record TreeEntry(
    TreePath path,
    Kind kind,
    int mode,
    int uid,
    int gid,
    long size,
    long modifiedSeconds,
    int modifiedNanos,
    long links,
    long inode,
    String rawLink,
    SortedMap<String, String> rawXattrs) {

  public TreeEntry {
    rawXattrs = Collections.unmodifiableSortedMap(new TreeMap<>(rawXattrs));
  }

  /** What an entry is. */
  public enum Kind {
    FILE,
    DIRECTORY,
    /** A directory in which nothing of the layers below shows. */
    OPAQUE_DIRECTORY,
    SYMBOLIC_LINK,
    PIPE,
    SOCKET,
    DEVICE,
    /** The mark that the path of the layers below is gone. */
    WHITEOUT
  }

  public boolean isDirectory() {
    return kind == Kind.DIRECTORY || kind == Kind.OPAQUE_DIRECTORY;
  }
}
