package dev.stepbox.layercache;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Port for work on trees whose files belong to several user ids: the ids of an image are mapped to
 * subordinate ids of the user who runs us, whom this process may not become. Every id here is one
 * of the image.
 *
 * <p>Every directory given lies in the store; the implementation refuses others. No method follows
 * a symbolic link found in a tree. Failures are {@link LayerCacheException}s: {@code STORE_FULL},
 * {@code STORE_READ_ONLY}, {@code STORE_UNUSABLE}, or {@code TREE_UNREACHABLE} when the means are
 * missing. Safe for use by several threads on different trees. Implementations pass {@code
 * IdMappedTreeContract} of the test-jar.
 */
public interface IdMappedTree {
  /** Most changes of one call of {@link #apply}. */
  int CHANGES_MAX = 4096;

  /** How many ids there are, from 0 up; 1 means that all files belong to one id. */
  int ids();

  /**
   * Gives a directory that this process made, and all in it, to id 0, except for what the port made
   * there. This process may then be unable to change it or to move it to another directory, but
   * looks at what others may look at. Does nothing where the files that this process makes belong
   * to id 0 already.
   */
  void adopt(Path tree) throws InterruptedException;

  /**
   * Lets whoever mounts layers write in a directory that this process made. It stays what it is
   * where those are this process's own user.
   */
  void lend(Path directory) throws InterruptedException;

  /**
   * Makes changes in order. At most {@value #CHANGES_MAX} at a time. Ids outside the range must not
   * be asked for; with a single id every owner is taken as that id.
   *
   * @return those that cannot be made here, for example a pipe, or an extended attribute too large
   *     for the file system; a change that can be made but fails is an exception, and then the
   *     earlier ones stay
   */
  List<TreeChange> apply(Path tree, List<TreeChange> changes) throws InterruptedException;

  /** Removes a tree whatever its permissions and depth. Does nothing when it is not there. */
  void remove(Path tree) throws InterruptedException;

  /** What a tree occupies on disk, each file once however many names it has. */
  TreeSize measure(Path tree) throws InterruptedException;

  /** Tells every entry but the root of the tree, a directory before what is in it. */
  void list(Path tree, Consumer<TreeEntry> visitor) throws InterruptedException;

  /** Like {@link #list}, for who needs no extended attributes: they may be missing. */
  default void listBare(Path tree, Consumer<TreeEntry> visitor) throws InterruptedException {
    list(tree, visitor);
  }

  /** The entry at a path; empty when it is not there or a parent is not a directory. */
  Optional<TreeEntry> entry(Path tree, TreePath path) throws InterruptedException;

  /**
   * Copies an entry, with all below it if it is a directory, so that the copy cannot be told from
   * it: content, holes, links, ids, modes, times, extended attributes, whiteouts. Shares blocks
   * where the file system can. The target does not exist; its parent does.
   */
  void copy(Path fromTree, TreePath from, Path toTree, TreePath to) throws InterruptedException;

  /** Writes the content of a regular file to {@code out}, which stays open. */
  void read(Path tree, TreePath file, OutputStream out) throws InterruptedException;

  /**
   * Hands the data of a regular file to {@code sink}, without its holes where they are known.
   *
   * @return size of the file, holes included
   */
  default long readData(Path tree, TreePath file, DataSink sink) throws InterruptedException {
    var stream = new DataStream(sink);
    read(tree, file, stream);
    return stream.length();
  }

  /** Returns when the content of a tree is on disk, so that it survives a power cut. */
  void sync(Path tree) throws InterruptedException;
}
