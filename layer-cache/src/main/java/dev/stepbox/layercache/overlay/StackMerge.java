package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.MergeResult.Conflict;
import dev.stepbox.layercache.TreePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds where parallel branches contradict each other, and where their layers, put on top of each
 * other, would hide a change by something that another branch only touched.
 */
final class StackMerge {
  private final List<BranchChanges> branches;
  private final Sameness sameness;
  private final SortedMap<String, SortedSet<Integer>> conflicts = new TreeMap<>();
  private final SortedMap<String, Repair> repairs = new TreeMap<>();

  /** What has to lie on top of all branches at a path. */
  sealed interface Repair {
    /** What one branch has. */
    record Take(Change change) implements Repair {}

    /** Nothing. */
    record Remove() implements Repair {}
  }

  /**
   * Prepares a merge.
   *
   * @param branches in the order in which their layers are stacked, the lowest first
   */
  StackMerge(List<BranchChanges> branches, Sameness sameness) {
    this.branches = List.copyOf(branches);
    this.sameness = sameness;
  }

  void compare() throws InterruptedException {
    for (int lower = 0; lower < branches.size(); lower++) {
      for (int upper = lower + 1; upper < branches.size(); upper++) {
        comparePaths(lower, upper);
        compareHidden(lower, upper);
        compareHidden(upper, lower);
      }
    }
  }

  /** All conflicts, by path. */
  List<Conflict> conflicts() {
    List<Conflict> all = new ArrayList<>();
    for (Map.Entry<String, SortedSet<Integer>> conflict : conflicts.entrySet()) {
      List<String> names =
          conflict.getValue().stream().map(number -> branches.get(number).name()).toList();
      all.add(new Conflict(new TreePath(conflict.getKey()), names));
    }
    return all;
  }

  /** What the stack alone would not show, by path. */
  SortedMap<String, Repair> repairs() {
    return repairs;
  }

  /** Paths that both branches have. */
  private void comparePaths(int lower, int upper) throws InterruptedException {
    for (Map.Entry<String, Change> entry : branches.get(lower).all().entrySet()) {
      String path = entry.getKey();
      Change below = entry.getValue();
      Change above = branches.get(upper).at(path);
      if (above == null || sameness.isSame(below, above)) {
        continue;
      }
      if (below.isDirectory() && above.isDirectory() && hasSameLook(below, above)) {
        // Only one of them is opaque: what matters is what the other has in it.
        continue;
      }
      if (sameness.isAsBefore(above)) {
        take(path, branches.get(lower), below, above);
      } else if (!sameness.isAsBefore(below)) {
        conflict(path, lower, upper);
      }
    }
  }

  private boolean hasSameLook(Change one, Change other) throws InterruptedException {
    return sameness.isSame(
        new Change(one.entry(), one.tree(), false), new Change(other.entry(), other.tree(), false));
  }

  /** What one branch has below something that another branch removed or replaced. */
  private void compareHidden(int hiding, int hidden) throws InterruptedException {
    for (Map.Entry<String, Change> entry : branches.get(hidden).all().entrySet()) {
      String path = entry.getKey();
      Change change = entry.getValue();
      Change above = branches.get(hiding).hidingAbove(path);
      if (above == null || sameness.isAsBefore(above)) {
        continue;
      }
      Change own = branches.get(hiding).at(path);
      if (own != null && sameness.isSame(own, change)) {
        continue;
      }
      if (!sameness.isAsBefore(change)) {
        conflict(path, hiding, hidden);
      } else if (hidden > hiding && above.isDirectory()) {
        if (own == null) {
          repairs.put(path, new Repair.Remove());
        } else {
          take(path, branches.get(hiding), own, change);
        }
      }
    }
  }

  /** Shows what one branch has in place of what lies over it. */
  private void take(String path, BranchChanges branch, Change change, Change over) {
    repairs.put(path, new Repair.Take(change));
    if (change.isDirectory() && !over.isDirectory()) {
      // A directory does not show through something else that lies over it.
      branch
          .below(path)
          .forEach((inner, content) -> repairs.putIfAbsent(inner, new Repair.Take(content)));
    }
  }

  private void conflict(String path, int one, int other) {
    SortedSet<Integer> names = conflicts.computeIfAbsent(path, _ -> new TreeSet<>());
    names.add(one);
    names.add(other);
  }
}
