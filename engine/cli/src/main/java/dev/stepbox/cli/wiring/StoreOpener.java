package dev.stepbox.cli.wiring;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineConfig.LayersOpener;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.layer.KeptSnapshots;
import dev.stepbox.engine.layer.StoreKeptSnapshots;
import dev.stepbox.engine.layer.StoreLayers;
import dev.stepbox.layercache.LayerCache;
import java.nio.file.Path;

/**
 * Layers of builds in the store, which is opened when the first is asked for.
 *
 * @param store opens it
 */
record StoreOpener(Opening store) implements LayersOpener {

  /** Opens the store, or gives the open one. */
  @FunctionalInterface
  interface Opening {
    LayerCache open() throws InterruptedException;
  }

  @Override
  public BuildLayers open(BuildId build, Path pipeline) throws InterruptedException {
    return StoreLayers.of(store.open(), build, pipeline);
  }

  @Override
  public KeptSnapshots kept() throws InterruptedException {
    return new StoreKeptSnapshots(store.open());
  }
}
