package dev.stepbox.agent.worker.workspace;

import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.WriteLayer;
import dev.stepbox.layercache.OverlayPlan;
import dev.stepbox.layercache.OverlayPlan.Lower;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Puts what the store says about mounts into the words of isolation. */
record Overlays(Path storeRoot) {
  Overlay of(OverlayPlan plan) {
    OverlayPlan.Writes writes = plan.writes();
    return new Overlay(
        plan.lowers().stream().map(this::directory).toList(),
        writes == null
            ? null
            : new WriteLayer(storeRoot.resolve(writes.upper()), storeRoot.resolve(writes.work())));
  }

  SequencedMap<String, Overlay> of(SequencedMap<String, OverlayPlan> plans) {
    var overlays = new LinkedHashMap<String, Overlay>();
    plans.forEach((path, plan) -> overlays.put(path, of(plan)));
    return overlays;
  }

  /** The directories of the store that a mount shows, the lowest first, the writable one last. */
  List<Path> layers(OverlayPlan plan) {
    List<Path> layers = new ArrayList<>();
    for (Lower lower : plan.lowers()) {
      if (lower instanceof Lower.InStore) {
        layers.add(directory(lower));
      }
    }
    if (plan.writes() != null) {
      layers.add(storeRoot.resolve(plan.writes().upper()));
    }
    return layers;
  }

  private Path directory(Lower lower) {
    return switch (lower) {
      case Lower.InStore inStore -> storeRoot.resolve(inStore.path());
      case Lower.OnHost onHost -> onHost.path();
    };
  }
}
