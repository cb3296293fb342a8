package dev.stepbox.layercache.ownid;

import dev.stepbox.layercache.RawPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Deque;

/**
 * Removes a tree of any depth. What lies deep is first moved up into the tree's root, so that no
 * path gets longer than the kernel takes.
 */
public final class TreeRemoval {
  private static final int DEPTH_MAX = 12;

  private final Path tree;
  private long moved;

  private TreeRemoval(Path tree) {
    this.tree = tree;
  }

  /**
   * Removes a tree, or what else is there; does nothing where nothing is. Follows no link. For any
   * directory of this process's own user, in a store or not.
   */
  public static void of(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (FileStatus.of(tree).isDirectory()) {
      TreeRemoval removal = new TreeRemoval(tree);
      do {
        removal.empty(tree, 0);
      } while (!TreeWalk.names(tree).isEmpty());
    }
    Files.deleteIfExists(tree);
  }

  private void empty(Path directory, int depth) throws IOException {
    unlock(directory);
    Deque<String> names = TreeWalk.names(directory);
    while (!names.isEmpty()) {
      Path file = directory.resolve(RawPaths.of(names.poll()));
      if (!FileStatus.of(file).isDirectory()) {
        Files.deleteIfExists(file);
      } else if (depth < DEPTH_MAX) {
        empty(file, depth + 1);
        Files.deleteIfExists(file);
      } else {
        // A directory that changes its parent must be writable itself.
        unlock(file);
        Files.move(file, freshName());
      }
    }
  }

  private Path freshName() {
    Path fresh;
    do {
      moved++;
      fresh = tree.resolve("removed-" + moved);
    } while (Files.exists(fresh, LinkOption.NOFOLLOW_LINKS));
    return fresh;
  }

  private static void unlock(Path directory) throws IOException {
    int mode = FileStatus.of(directory).permissions();
    if ((mode & 0700) != 0700) {
      try {
        OpenAccess.setMode(directory, 0700);
      } catch (NoSuchFileException ignored) {
        // Somebody else removes the same tree.
      }
    }
  }
}
