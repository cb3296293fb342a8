package dev.stepbox.engine.layer;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.layer.BuildLayers.Joined;
import dev.stepbox.engine.layer.BuildLayers.Origin;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/**
 * Puts together what several stages left behind. What two stages have in common comes from the same
 * layer, so layers that all have are never in conflict; the others are merged, all at once where
 * the stages have nothing else in common, else one after the other.
 */
final class SnapshotJoin {

  /** Merges layers; the store does. */
  interface Merger {
    /**
     * Put branches together.
     *
     * @param common what all of them have, lowest first
     */
    Merge merge(List<String> common, List<Branch> branches) throws InterruptedException;
  }

  /** What one or several stages have over the common layers, lowest first; never empty. */
  record Branch(String name, List<String> layers) {}

  /** What came of a merge. */
  sealed interface Merge {
    /** All layers, lowest first. */
    record Merged(List<String> layers) implements Merge {}

    /** Branches changed the same path differently. */
    record Conflicted(String because) implements Merge {}
  }

  private SnapshotJoin() {}

  static Joined join(RootImage image, List<Origin> origins, Merger merger)
      throws InterruptedException {
    List<String> root = commonRoot(image, origins);
    return switch (workspace(stacks(origins), merger)) {
      case Merge.Merged merged -> new Joined.Ready(new Snapshot(image, root, merged.layers()));
      case Merge.Conflicted conflict -> new Joined.Conflicted(conflict.because());
    };
  }

  /** As much of the root file systems as those of this image have in common, from below. */
  private static List<String> commonRoot(RootImage image, List<Origin> origins) {
    List<List<String>> roots =
        origins.stream()
            .map(Origin::snapshot)
            .filter(snapshot -> snapshot.image().equals(image))
            .map(Snapshot::rootLayers)
            .toList();
    if (roots.isEmpty()) {
      return List.of();
    }
    List<String> common = roots.getFirst();
    for (List<String> other : roots) {
      int length = 0;
      while (length < common.size()
          && length < other.size()
          && common.get(length).equals(other.get(length))) {
        length++;
      }
      common = common.subList(0, length);
    }
    return List.copyOf(common);
  }

  /** Different stacks of layers, each with the names of the stages that have it. */
  private static List<Branch> stacks(List<Origin> origins) {
    SequencedMap<List<String>, List<String>> names = new LinkedHashMap<>();
    for (Origin origin : origins) {
      names
          .computeIfAbsent(origin.snapshot().workspaceLayers(), _ -> new ArrayList<>())
          .add(origin.stage());
    }
    List<Branch> stacks = new ArrayList<>();
    names.forEach((layers, stages) -> stacks.add(new Branch(String.join(" + ", stages), layers)));
    return stacks;
  }

  private static Merge workspace(List<Branch> stacks, Merger merger) throws InterruptedException {
    if (stacks.isEmpty()) {
      return new Merge.Merged(List.of());
    }
    List<String> common = common(stacks);
    if (areOtherwiseApart(stacks, common)) {
      return merge(common, stacks, merger);
    }
    Branch sum = stacks.getFirst();
    for (Branch next : stacks.subList(1, stacks.size())) {
      List<Branch> pair = List.of(sum, next);
      switch (merge(common(pair), pair, merger)) {
        case Merge.Merged merged ->
            sum = new Branch(sum.name() + " + " + next.name(), merged.layers());
        case Merge.Conflicted conflict -> {
          return conflict;
        }
      }
    }
    return new Merge.Merged(sum.layers());
  }

  /** Layers that all have, in the order of the first. */
  private static List<String> common(List<Branch> stacks) {
    SequencedSet<String> common = new LinkedHashSet<>(stacks.getFirst().layers());
    stacks.forEach(stack -> common.retainAll(new LinkedHashSet<>(stack.layers())));
    return List.copyOf(common);
  }

  private static boolean areOtherwiseApart(List<Branch> stacks, List<String> common) {
    var seen = new LinkedHashSet<String>();
    var shared = new LinkedHashSet<>(common);
    return stacks.stream()
        .flatMap(stack -> stack.layers().stream())
        .filter(layer -> !shared.contains(layer))
        .allMatch(seen::add);
  }

  private static Merge merge(List<String> common, List<Branch> stacks, Merger merger)
      throws InterruptedException {
    var shared = new LinkedHashSet<>(common);
    List<Branch> branches =
        stacks.stream()
            .map(stack -> new Branch(stack.name(), without(stack.layers(), shared)))
            .filter(branch -> !branch.layers().isEmpty())
            .toList();
    if (branches.size() <= 1) {
      // One of them is what another grew from: its own stack holds everything, in its own order.
      return new Merge.Merged(
          stacks.stream()
              .map(Branch::layers)
              .reduce((left, right) -> right.size() > left.size() ? right : left)
              .orElse(List.of()));
    }
    return merger.merge(common, branches);
  }

  private static List<String> without(List<String> layers, SequencedSet<String> shared) {
    return layers.stream().filter(layer -> !shared.contains(layer)).collect(Collectors.toList());
  }
}
