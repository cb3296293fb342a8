package dev.stepbox.isolation;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * File work that needs the privileges of the build's user namespace: its files belong to ids that
 * the engine's own user may not touch. All ids are those inside the namespace.
 *
 * <p>Every path must lie below the store; symbolic links are never followed. A failure is a {@link
 * SandboxException} with {@link SandboxErrorCode#TREE_FAILED} that names operation, path and errno.
 * Safe for use by several threads.
 */
public interface IdMappedTrees {

  /** How many ids there are, from 0; 1 when everything belongs to one id. */
  int ids();

  /**
   * Hands a tree that the engine's own user has made over to the namespace: everything in it
   * becomes owned by id 0. Does nothing where the engine's user is id 0 of the namespace.
   */
  void adopt(Path tree) throws InterruptedException;

  /**
   * Applies changes to files below {@code tree}, in order; stops at the first failure.
   *
   * @param changes paths in them are relative to {@code tree}
   */
  void apply(Path tree, List<TreeChange> changes) throws InterruptedException;

  /** Removes a tree whatever its permissions. Removing what is not there does nothing. */
  void remove(Path tree) throws InterruptedException;

  /** Counts what a tree takes on disk. Hard links count once. */
  TreeSize measure(Path tree) throws InterruptedException;

  /** Hands every entry below {@code tree} to {@code sink}, parents first, names in byte order. */
  void list(Path tree, Consumer<TreeEntry> sink) throws InterruptedException;

  /**
   * Copies a tree with owners, modes, times, extended attributes, hard links and whiteouts; shares
   * blocks where the file system can.
   *
   * @param target must not exist; its parent must
   */
  void copy(Path source, Path target) throws InterruptedException;

  /**
   * Opens a regular file below {@code tree} for reading.
   *
   * @param path relative to {@code tree}
   */
  InputStream read(Path tree, String path) throws InterruptedException;

  /**
   * The size of a tree.
   *
   * @param files entries of any kind, the root of the tree included
   * @param bytes space taken on disk
   */
  record TreeSize(long files, long bytes) {}
}
