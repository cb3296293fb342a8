package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.MergeResult;
import dev.stepbox.layercache.MergeResult.Branch;
import dev.stepbox.layercache.MergeResult.Conflict;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Puts the layers of parallel branches together. */
public final class BranchMerger {
  private static final int MODE = 0755;

  private final Store store;
  private final LayerStore layers;
  private final WriteLayers writes;

  public BranchMerger(Store store, LayerStore layers, WriteLayers writes) {
    this.store = store;
    this.layers = layers;
    this.writes = writes;
  }

  /** See {@link dev.stepbox.layercache.LayerCache#merge}. */
  public MergeResult merge(Lease lease, List<LayerId> common, List<Branch> branches)
      throws InterruptedException {
    List<LayerId> stack = new ArrayList<>(common);
    branches.forEach(branch -> stack.addAll(branch.layers()));
    long changed = branches.stream().filter(branch -> !branch.layers().isEmpty()).count();
    if (changed < 2) {
      return new MergeResult.Merged(stack);
    }
    Sameness sameness =
        new Sameness(
            store.port(),
            new StackView(trees(common), store.port()),
            store.limits().comparedBytesMax());
    List<BranchChanges> changes = new ArrayList<>();
    HeldEntries held = new HeldEntries(store.limits().listingBytesMax());
    for (Branch branch : branches) {
      changes.add(
          BranchChanges.read(
              branch.name(),
              trees(branch.layers()),
              store.port(),
              store.limits().entriesMax(),
              held));
    }
    StackMerge merge = new StackMerge(changes, sameness);
    merge.compare();
    List<Conflict> conflicts = merge.conflicts();
    if (!conflicts.isEmpty()) {
      int told = Math.min(conflicts.size(), store.limits().conflictsMax());
      return new MergeResult.Conflicted(conflicts.subList(0, told), conflicts.size());
    }
    if (!merge.repairs().isEmpty()) {
      stack.add(repair(lease, changes, sameness, merge));
    }
    return new MergeResult.Merged(stack);
  }

  private List<Path> trees(List<LayerId> ids) throws InterruptedException {
    List<Path> trees = new ArrayList<>();
    for (LayerId id : ids) {
      layers.require(id);
      trees.add(layers.tree(id));
    }
    return trees;
  }

  private LayerId repair(
      Lease lease, List<BranchChanges> changes, Sameness sameness, StackMerge merge)
      throws InterruptedException {
    Path directory = store.newTemporary();
    try {
      store.createDirectory(directory);
      Path tree = store.createDirectory(StoreLayout.tree(directory));
      Files.setAttribute(tree, "unix:mode", MODE);
      new RepairLayer(store, changes, sameness, tree).make(merge.repairs());
    } catch (IOException e) {
      throw StoreFailures.of("merge in", directory, e);
    }
    return writes.addLayer(directory, Layer.Kind.MERGED, lease.id());
  }
}
