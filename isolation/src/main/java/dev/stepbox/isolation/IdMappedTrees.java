package dev.stepbox.isolation;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * File work that needs the privileges of the build's user namespace: its files belong to ids that
 * the engine's own user may not touch. All ids are those that steps see.
 *
 * <p>Every tree must lie below the store; symbolic links are never followed. Paths relative to a
 * tree are exact to the byte: one character per byte, value 1 to 255, components separated by
 * {@code /}, empty for the tree itself. A failure is a {@link SandboxException} with {@link
 * SandboxErrorCode#TREE_FAILED}, or {@link SandboxErrorCode#OUT_OF_RESOURCES} when the disk is
 * full, that names operation, path and errno. Safe for use by several threads.
 */
public interface IdMappedTrees {

  /** How many ids there are, from 0; 1 when everything belongs to one id. */
  int ids();

  /**
   * Hands a tree that the engine's own user has made over to steps: everything in it, and itself,
   * becomes owned by id 0. The engine's user may then be unable to change it or to move it to
   * another directory. Does nothing where the engine's user is id 0 of steps.
   */
  void adopt(Path tree) throws InterruptedException;

  /**
   * Lets the supervisor write in a directory that the engine's own user has made, such as the
   * scratch directory of an overlay. It is none of the steps'. Does nothing where the supervisor is
   * the engine's user.
   */
  void lend(Path directory) throws InterruptedException;

  /** Applies changes to files below {@code tree}, in order; stops at the first failure. */
  void apply(Path tree, List<TreeChange> changes) throws InterruptedException;

  /** Removes a tree whatever its permissions. Removing what is not there does nothing. */
  void remove(Path tree) throws InterruptedException;

  /** Counts what a tree takes on disk. Hard links count once. */
  TreeSize measure(Path tree) throws InterruptedException;

  /** Hands every entry below {@code tree} to {@code sink}, a directory before what is in it. */
  void list(Path tree, Consumer<TreeEntry> sink) throws InterruptedException;

  /** Like {@link #list}, for who needs no extended attributes: they may be missing. */
  default void listBare(Path tree, Consumer<TreeEntry> sink) throws InterruptedException {
    list(tree, sink);
  }

  /** The entry at a path; empty when it is not there. */
  Optional<TreeEntry> entry(Path tree, String path) throws InterruptedException;

  /**
   * Copies an entry with all below it: owners, modes, times, extended attributes, hard links and
   * whiteouts; shares blocks where the file system can. The target must not exist; its parent must.
   */
  void copy(Path sourceTree, String source, Path targetTree, String target)
      throws InterruptedException;

  /** Writes the content of a regular file to {@code out}, which stays open. */
  void read(Path tree, String path, OutputStream out) throws InterruptedException;

  /**
   * Hands the data of a regular file to {@code sink}, without its holes where they are known.
   *
   * @return size of the file, holes included
   */
  default long readData(Path tree, String path, DataSink sink) throws InterruptedException {
    var stream = new DataStream(sink);
    read(tree, path, stream);
    return stream.length();
  }

  /** Returns when the file system that a tree lies in has everything on disk. */
  void sync(Path tree) throws InterruptedException;

  /**
   * The size of a tree.
   *
   * @param entries files, directories and other entries, the root of the tree included
   * @param bytes space taken on disk
   */
  record TreeSize(long entries, long bytes) {}
}
