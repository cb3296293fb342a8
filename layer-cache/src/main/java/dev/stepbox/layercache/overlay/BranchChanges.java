package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreeEntry.Kind;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that one of several parallel branches has, with its own layers folded into one. */
final class BranchChanges {
  private final String name;
  private final int entriesMax;
  private final String tried;
  private final HeldEntries held;
  private final TreeMap<String, Change> changes = new TreeMap<>();

  private BranchChanges(String name, int entriesMax, HeldEntries held) {
    this.name = name;
    this.tried = "merge '%s'".formatted(name);
    this.held = held;
    this.entriesMax = entriesMax;
  }

  /**
   * Reads the layers of a branch.
   *
   * @param trees bottom to top
   * @param held counts those of all branches of the merge
   */
  static BranchChanges read(
      String name, List<Path> trees, IdMappedTree port, int entriesMax, HeldEntries held)
      throws InterruptedException {
    BranchChanges branch = new BranchChanges(name, entriesMax, held);
    for (Path tree : trees) {
      port.list(tree, entry -> branch.add(tree, entry));
    }
    return branch;
  }

  private void add(Path tree, TreeEntry entry) {
    String path = entry.path().raw();
    Change before = changes.get(path);
    boolean isOpaque = entry.kind() == Kind.OPAQUE_DIRECTORY;
    if (!entry.isDirectory() || isOpaque) {
      // The layer tells a directory before what is in it, so all this is of earlier layers.
      SortedMap<String, Change> hidden = below(path);
      hidden.values().forEach(each -> held.remove(each.entry()));
      hidden.clear();
    } else if (before != null && before.hidesBelow()) {
      isOpaque = true;
    }
    if (before != null) {
      held.remove(before.entry());
    }
    held.add(entry, tried);
    changes.put(path, new Change(entry, tree, isOpaque));
    if (changes.size() > entriesMax) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          "cannot merge '%s': it changed more than %d files (limit entriesMax)"
              .formatted(name, entriesMax));
    }
  }

  String name() {
    return name;
  }

  SortedMap<String, Change> all() {
    return Collections.unmodifiableSortedMap(changes);
  }

  @Nullable Change at(String path) {
    return changes.get(path);
  }

  /** Everything below a path; changes when this does. */
  SortedMap<String, Change> below(String path) {
    // '0' is the character after '/'.
    return changes.subMap(path + "/", path + "0");
  }

  /** The nearest thing above a path that hides what was there before the branch. */
  @Nullable Change hidingAbove(String path) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      Change above = changes.get(path.substring(0, slash));
      if (above != null && above.hidesBelow()) {
        return above;
      }
    }
    return null;
  }
}
