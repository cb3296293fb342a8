package dev.stepbox.agent.worker;

import dev.stepbox.layercache.LayerCache;
import java.nio.file.Path;

/** The store of the worker's tests. */
class PlainLayerCacheTest extends LayerCacheContract {
  @Override
  LayerCache open(Path root) {
    return new PlainLayerCache(root);
  }
}
