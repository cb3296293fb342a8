package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.overlay.StackMerge.Repair;
import dev.stepbox.layercache.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes the layer that lies on top of merged branches and shows what they would hide. */
final class RepairLayer {
  private final Store store;
  private final List<BranchChanges> branches;
  private final Sameness sameness;
  private final Path tree;
  private final SortedMap<String, TreeEntry> directories = new TreeMap<>();
  private final List<TreeChange> last = new ArrayList<>();

  RepairLayer(Store store, List<BranchChanges> branches, Sameness sameness, Path tree) {
    this.store = store;
    this.branches = branches;
    this.sameness = sameness;
    this.tree = tree;
  }

  void make(SortedMap<String, Repair> repairs) throws IOException, InterruptedException {
    SortedMap<String, Repair> needed = withoutHidden(repairs);
    for (Map.Entry<String, Repair> repair : needed.entrySet()) {
      makeParents(new TreePath(repair.getKey()));
      if (repair.getValue() instanceof Repair.Take(Change change) && change.isDirectory()) {
        // Not opaque: what it hides is hidden by the branch's own layer already.
        makeDirectory(new TreePath(repair.getKey()), change.entry());
      }
    }
    store.port().adopt(tree);
    for (Map.Entry<String, Repair> repair : needed.entrySet()) {
      fill(new TreePath(repair.getKey()), repair.getValue());
    }
    for (Map.Entry<String, TreeEntry> directory : directories.reversed().entrySet()) {
      describe(new TreePath(directory.getKey()), directory.getValue());
    }
    for (int at = 0; at < last.size(); at += IdMappedTree.CHANGES_MAX) {
      int end = Math.min(last.size(), at + IdMappedTree.CHANGES_MAX);
      store.port().apply(tree, last.subList(at, end));
    }
  }

  /** Without what lies below something that is gone or no directory. */
  private static SortedMap<String, Repair> withoutHidden(SortedMap<String, Repair> repairs) {
    SortedMap<String, Repair> needed = new TreeMap<>();
    repairs.forEach((path, repair) -> {
      for (TreePath at = new TreePath(path).parent(); !at.isRoot(); at = at.parent()) {
        if (isHiding(needed.get(at.raw()))) {
          return;
        }
      }
      needed.put(path, repair);
    });
    return needed;
  }

  private static boolean isHiding(@Nullable Repair repair) {
    return switch (repair) {
      case null -> false;
      case Repair.Remove() -> true;
      case Repair.Take(Change change) -> !change.isDirectory();
    };
  }

  /** The directories above a path look as they do in the merge. */
  private void makeParents(TreePath path) throws IOException, InterruptedException {
    TreePath parent = path.parent();
    if (parent.isRoot() || directories.containsKey(parent.raw())) {
      return;
    }
    makeParents(parent);
    makeDirectory(parent, merged(parent));
  }

  private TreeEntry merged(TreePath directory) throws InterruptedException {
    TreeEntry untouched = null;
    for (BranchChanges branch : branches.reversed()) {
      Change change = branch.at(directory.raw());
      if (change != null && change.isDirectory()) {
        if (!sameness.isAsBefore(change)) {
          return change.entry();
        }
        untouched = change.entry();
      }
    }
    return untouched != null
        ? untouched
        : sameness
            .before(directory)
            .orElseThrow(() -> new IllegalStateException("no directory '" + directory + "'"));
  }

  private void makeDirectory(TreePath path, TreeEntry look) throws IOException {
    if (directories.put(path.raw(), look) == null) {
      store.createDirectory(path.in(tree));
    }
  }

  private void fill(TreePath path, Repair repair) throws InterruptedException {
    switch (repair) {
      case Repair.Remove() -> last.add(new TreeChange.Whiteout(path));
      case Repair.Take(Change change) -> {
        if (change.isGone()) {
          last.add(new TreeChange.Whiteout(path));
        } else if (!change.isDirectory()) {
          store.port().copy(change.tree(), path, tree, path);
        }
      }
    }
  }

  private void describe(TreePath path, TreeEntry look) {
    last.add(new TreeChange.Owner(path, look.uid(), look.gid()));
    last.add(new TreeChange.Mode(path, look.mode()));
    look.rawXattrs().forEach((name, value) -> last.add(new TreeChange.SetXattr(path, name, value)));
    last.add(new TreeChange.Modified(path, look.modifiedSeconds(), look.modifiedNanos()));
  }
}
