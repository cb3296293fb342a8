package dev.stepbox.agent.worker;

import dev.stepbox.isolation.posix.NamedPipes;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.Surroundings;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;

/** The real store, on the files of one user. */
class StoredLayerCacheTest extends LayerCacheContract {
  @Override
  LayerCache open(Path root) throws InterruptedException {
    return LayerCache.open(
        root,
        Limits.DEFAULTS,
        new OwnIdTree(),
        new Surroundings(
            InstantSource.system(), new SecureRandom(), "boot", "amd64", NamedPipes::make));
  }
}
