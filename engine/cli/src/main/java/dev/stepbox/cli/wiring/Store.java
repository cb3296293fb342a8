package dev.stepbox.cli.wiring;

import dev.stepbox.engine.Execution;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The open store of layers, with what reaches its files. */
final class Store implements AutoCloseable {

  private final LayerCache cache;
  private final @Nullable TreeKeeper keeper;

  private Store(LayerCache cache, @Nullable TreeKeeper keeper) {
    this.cache = cache;
    this.keeper = keeper;
  }

  /**
   * Opens the store of a home. Where there is one id only, the JDK alone reaches all files. Dry
   * runs have a store of their own: nothing of theirs is worth anything to a real build.
   */
  static Store open(Surroundings surroundings, Execution execution, Sandboxes sandboxes)
      throws InterruptedException {
    Path home = surroundings.home();
    return switch (execution) {
      case DRY_RUN -> {
        Path directory = home.resolve("store-dry-run");
        yield new Store(Machine.layerCache(surroundings, directory, new OwnIdTree()), null);
      }
      case REAL -> {
        IdMap ids = Machine.ids(surroundings);
        Path directory = home.resolve("store");
        Thoroughfare way = Thoroughfare.of(ids);
        way.open(home);
        way.open(directory);
        TreeKeeper keeper = ids.ids() == 1 ? null : TreeKeeper.of(sandboxes, home, ids);
        IdMappedTree port = keeper == null ? new OwnIdTree() : keeper;
        yield new Store(Machine.layerCache(surroundings, directory, port), keeper);
      }
    };
  }

  LayerCache cache() {
    return cache;
  }

  /** Makes sure that files of other ids can be reached without a wait. */
  void reachAhead() throws InterruptedException {
    if (keeper != null) {
      keeper.startAhead();
    }
  }

  @Override
  public void close() {
    cache.close();
    if (keeper != null) {
      keeper.close();
    }
  }
}
