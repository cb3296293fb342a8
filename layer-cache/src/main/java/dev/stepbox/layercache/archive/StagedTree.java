package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.store.WriteGate;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directory into which a layer is unpacked. Nobody else writes there, but the archive is
 * hostile: a link that it brings is never followed by the kernel. Where an archive puts a file
 * below a link, the link is resolved here, inside the tree.
 */
final class StagedTree {
  private static final int LINK_HOPS_MAX = 40;

  private final StagedDirectory root;
  private final WriteGate gate;
  private final Listener listener;

  /** Is told of everything that later entries of the archive take away. */
  interface Listener {
    void gone(String rawPath) throws IOException;
  }

  StagedTree(Path root, WriteGate gate, Listener listener) {
    this.root = StagedDirectory.root(root);
    this.gate = gate;
    this.listener = listener;
  }

  StagedDirectory root() {
    return root;
  }

  /** The directory that holds the last of these names, made if it is not there. */
  StagedDirectory parentOf(List<String> names) throws IOException {
    StagedDirectory at = root;
    for (String name : names.subList(0, names.size() - 1)) {
      StagedDirectory known = at.directory(name);
      at = known != null ? known : reach(at, name, names);
    }
    return at;
  }

  private StagedDirectory reach(StagedDirectory from, String name, List<String> names)
      throws IOException {
    try {
      return makeDirectory(from, name);
    } catch (FileAlreadyExistsException e) {
      StagedDirectory target = linked(from, name, new int[1]);
      if (target == null) {
        throw EntryPaths.refused(
            String.join("/", names), "'%s' above it is no directory of the layer".formatted(name));
      }
      return target;
    }
  }

  /**
   * The directory to which a link of the tree leads inside the tree; null when it leads to none.
   */
  private @Nullable StagedDirectory linked(StagedDirectory from, String name, int[] hops)
      throws IOException {
    Path file = from.fileAt(name);
    if (!Files.isSymbolicLink(file) || ++hops[0] > LINK_HOPS_MAX) {
      return null;
    }
    String target = RawPaths.raw(Files.readSymbolicLink(file));
    StagedDirectory at = target.startsWith("/") ? root : from;
    for (String step : target.split("/", -1)) {
      if (step.equals("..")) {
        at = at.parent();
      } else if (!step.isEmpty() && !step.equals(".")) {
        StagedDirectory known = at.directory(step);
        at = known != null ? known : linked(at, step, hops);
        if (at == null) {
          return null;
        }
      }
    }
    return at;
  }

  /** The directory that holds the last of these names; null when it is not there. */
  @Nullable StagedDirectory existingParentOf(List<String> names) throws IOException {
    StagedDirectory at = root;
    for (String name : names.subList(0, names.size() - 1)) {
      StagedDirectory known = at.directory(name);
      at = known != null ? known : linked(at, name, new int[1]);
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  /** A directory of this name, in place of whatever else had the name. */
  StagedDirectory putDirectory(StagedDirectory parent, String name) throws IOException {
    StagedDirectory known = parent.directory(name);
    if (known != null) {
      return known;
    }
    parent.forget(name);
    try {
      return makeDirectory(parent, name);
    } catch (FileAlreadyExistsException e) {
      clear(parent, name);
      return makeDirectory(parent, name);
    }
  }

  private StagedDirectory makeDirectory(StagedDirectory parent, String name) throws IOException {
    Path path = parent.fileAt(name);
    gate.pass(path, 0);
    Files.createDirectory(path);
    return parent.addDirectory(name);
  }

  /** Makes a new entry, which must not be there. */
  interface Maker {
    void make(Path path) throws IOException, InterruptedException;
  }

  /** Makes an entry that is no directory, in place of whatever had the name. */
  void put(StagedDirectory parent, String name, long bytes, Maker maker)
      throws IOException, InterruptedException {
    Path path = parent.fileAt(name);
    gate.pass(path, bytes);
    if (parent.directory(name) != null) {
      clear(parent, name);
    }
    parent.forget(name);
    try {
      maker.make(path);
    } catch (FileAlreadyExistsException e) {
      clear(parent, name);
      maker.make(path);
    }
  }

  /** Removes whatever has the name. */
  void clear(StagedDirectory parent, String name) throws IOException {
    Path path = parent.fileAt(name);
    listener.gone(parent.rawPathOf(name));
    if (parent.directory(name) != null) {
      removeTree(path);
    } else {
      Files.deleteIfExists(path);
    }
    parent.forget(name);
  }

  static boolean isThere(StagedDirectory parent, String name) {
    return parent.directory(name) != null
        || Files.exists(parent.fileAt(name), LinkOption.NOFOLLOW_LINKS);
  }

  private static void removeTree(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
