package dev.stepbox.layercache.image;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.store.Store;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The whiteouts over one directory of the host. Looked through are {@code /etc} as a whole and the
 * others to a depth of {@value #DEPTH_MAX}, {@code /usr} not at all: what lies deeper is protected
 * by its permissions, which hold in a sandbox too. Only where there is a single id, that of the
 * user who runs the sandbox, they do not protect that user's own files.
 */
final class HostMask {
  /** How deep directories other than {@code /etc} are looked through, from the root's own ones. */
  static final int DEPTH_MAX = 3;

  private final HostView view;
  private final Store store;
  private final Path directory;
  private final Path mask;
  private final int depthMax;
  private final List<TreeChange> changes = new ArrayList<>();

  private HostMask(HostView view, Store store, Path directory, Path mask) {
    this.view = view;
    this.store = store;
    this.directory = directory;
    this.mask = mask;
    int depth =
        switch (directory.getName(0).toString()) {
          case "etc" -> Integer.MAX_VALUE;
          case "usr" -> 0;
          default -> DEPTH_MAX;
        };
    this.depthMax = depth - (directory.getNameCount() - 1);
  }

  /**
   * Makes the part of a layer that lies over a directory.
   *
   * @param mask where to; is made here
   */
  static void make(HostView view, Store store, Path directory, Path mask)
      throws IOException, InterruptedException {
    store.createDirectory(mask);
    HostMask making = new HostMask(view, store, directory, mask);
    making.look(directory);
    making.finish();
  }

  private void look(Path looked) throws IOException, InterruptedException {
    List<Path> entries;
    try {
      entries = view.entries(looked);
    } catch (AccessDeniedException | NoSuchFileException ignored) {
      // Not readable for this user, so not in a sandbox either; or gone meanwhile.
      return;
    }
    for (Path entry : entries) {
      try {
        one(entry);
      } catch (AccessDeniedException | NoSuchFileException ignored) {
        // As above.
      }
    }
  }

  private void one(Path entry) throws IOException, InterruptedException {
    switch (view.sight(entry)) {
      case FILE, LINK -> {}
      case HIDDEN -> {
        TreePath path = inMask(entry);
        makeParents(path);
        changes.add(new TreeChange.Whiteout(path));
      }
      case EMPTIED -> {
        TreePath path = inMask(entry);
        makeDirectory(path, view.mode(entry));
        changes.add(new TreeChange.Opaque(path));
      }
      case DIRECTORY -> {
        if (entry.getNameCount() - directory.getNameCount() < depthMax) {
          look(entry);
        } else {
          hideNamed(entry);
        }
      }
    }
  }

  private TreePath inMask(Path path) {
    return new TreePath(RawPaths.raw(directory.relativize(path)));
  }

  /** Below the depth that is looked through, only the paths that the source names are hidden. */
  private void hideNamed(Path above) throws IOException, InterruptedException {
    for (Path hidden : view.hidden()) {
      if (hidden.startsWith(above) && Files.exists(view.onHost(hidden))) {
        TreePath path = inMask(hidden);
        makeParents(path);
        changes.add(new TreeChange.Whiteout(path));
      }
    }
  }

  /** The directories above a whiteout look as on the host. */
  private void makeParents(TreePath path) throws IOException, InterruptedException {
    TreePath parent = path.parent();
    if (!parent.isRoot() && !Files.isDirectory(parent.in(mask))) {
      makeParents(parent);
      makeDirectory(parent, view.mode(parent.in(directory)));
    }
  }

  private void makeDirectory(TreePath path, int mode) throws IOException, InterruptedException {
    makeParents(path);
    if (!Files.isDirectory(path.in(mask))) {
      store.createDirectory(path.in(mask));
      changes.add(new TreeChange.Mode(path, mode & 07777));
    }
  }

  private void finish() throws IOException, InterruptedException {
    store.port().adopt(mask);
    changes.add(new TreeChange.Mode(TreePath.ROOT, view.mode(directory) & 07777));
    for (int at = 0; at < changes.size(); at += IdMappedTree.CHANGES_MAX) {
      int end = Math.min(changes.size(), at + IdMappedTree.CHANGES_MAX);
      store.port().apply(mask, changes.subList(at, end));
    }
  }
}
