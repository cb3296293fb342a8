package dev.stepbox.layercache;

import java.util.List;

/** What putting the layers of parallel stages together gave. */
public sealed interface MergeResult {

  /**
   * Every change of every branch is in the stack.
   *
   * @param layers bottom to top, the common ones included
   */
  record Merged(List<LayerId> layers) implements MergeResult {
    public Merged {
      layers = List.copyOf(layers);
    }
  }

  /**
   * Branches changed the same path differently.
   *
   * @param conflicts by path; at most {@link Limits#conflictsMax} of them
   * @param total how many there are
   */
  record Conflicted(List<Conflict> conflicts, int total) implements MergeResult {
    public Conflicted {
      conflicts = List.copyOf(conflicts);
    }
  }

  /**
   * One path that cannot be merged.
   *
   * @param path below the root of the merged stack
   * @param branches names of those that changed it
   */
  record Conflict(TreePath path, List<String> branches) {
    public Conflict {
      branches = List.copyOf(branches);
    }
  }

  /**
   * What one of several parallel stages added.
   *
   * @param name for messages
   * @param layers over the common ones, bottom to top
   */
  record Branch(String name, List<LayerId> layers) {
    public Branch {
      layers = List.copyOf(layers);
    }
  }
}
