package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreeEntry.Kind;
import dev.stepbox.layercache.TreePath;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is seen at a path in a stack of layers, by the rules of overlay mounts, without mounting it.
 */
public final class StackView {
  private final List<Path> trees;
  private final IdMappedTree port;

  /**
   * Looks at some trees.
   *
   * @param trees bottom to top
   */
  public StackView(List<Path> trees, IdMappedTree port) {
    this.trees = List.copyOf(trees);
    this.port = port;
  }

  /**
   * An entry and the layer that it is seen from.
   *
   * @param tree the layer
   */
  public record Found(TreeEntry entry, Path tree) {}

  /** What one layer says of a path. */
  private sealed interface Said {
    /** Nothing: look below. */
    record Nothing() implements Said {}

    /** It is gone, or something that hides it is there. */
    record Gone() implements Said {}

    /** It is this. */
    record Here(TreeEntry entry) implements Said {}
  }

  /** What is seen at a path; empty when nothing is. The whiteouts themselves are never seen. */
  public Optional<Found> find(TreePath path) throws InterruptedException {
    for (Path tree : trees.reversed()) {
      switch (said(tree, path)) {
        case Said.Here(TreeEntry entry) -> {
          return Optional.of(new Found(entry, tree));
        }
        case Said.Gone _ -> {
          return Optional.empty();
        }
        case Said.Nothing _ -> {
          // The next layer below is asked.
        }
      }
    }
    return Optional.empty();
  }

  /** Copies what is seen at a path, which is no directory, to where nothing is. */
  public void copy(TreePath path, Path toTree, TreePath to) throws InterruptedException {
    Found found =
        find(path).orElseThrow(() -> new IllegalStateException("nothing is at '" + path + "'"));
    port.copy(found.tree, path, toTree, to);
  }

  private Said said(Path tree, TreePath path) throws InterruptedException {
    Optional<TreeEntry> own = port.entry(tree, path);
    if (own.isPresent()) {
      TreeEntry entry = own.get();
      return entry.kind() == Kind.WHITEOUT ? new Said.Gone() : new Said.Here(entry);
    }
    // The nearest thing above that the layer has decides: a directory lets the layers below show
    // through, unless it or one above it is opaque.
    for (TreePath at = path; !at.isRoot(); at = at.parent()) {
      Optional<TreeEntry> above = port.entry(tree, at.parent());
      if (above.isPresent()) {
        return hides(tree, above.get()) ? new Said.Gone() : new Said.Nothing();
      }
    }
    return new Said.Nothing();
  }

  /** Whether a layer hides what those below it have at a path, and has nothing there itself. */
  boolean isGone(Path tree, TreePath path) throws InterruptedException {
    return said(tree, path) instanceof Said.Gone;
  }

  /** Whether an entry of a layer, or a directory above it, hides what the layers below have. */
  boolean hides(Path tree, TreeEntry nearest) throws InterruptedException {
    if (!nearest.isDirectory()) {
      return true;
    }
    for (TreePath at = nearest.path(); !at.isRoot(); at = at.parent()) {
      Optional<TreeEntry> above = port.entry(tree, at);
      if (above.isPresent() && above.get().kind() == Kind.OPAQUE_DIRECTORY) {
        return true;
      }
    }
    return false;
  }
}
