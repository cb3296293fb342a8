package dev.stepbox.layercache.mount;

import dev.stepbox.layercache.CacheMounts;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.TreeSize;
import dev.stepbox.layercache.store.Holdings;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.LeaseStore;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.Store.Durability;
import dev.stepbox.layercache.store.StoreLayout;
import dev.stepbox.layercache.store.StoreRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The cache mounts of a store, one directory each. */
public final class CacheMountStore implements CacheMounts {
  private static final int KEY_LENGTH_MAX = 2048;

  private final Store store;
  private final LeaseStore leases;

  public CacheMountStore(Store store, LeaseStore leases) {
    this.store = store;
    this.leases = leases;
  }

  @Override
  public Path use(Lease lease, String key) throws InterruptedException {
    if (key.isEmpty() || key.length() > KEY_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "a cache key has 1 to %d characters, got %d".formatted(KEY_LENGTH_MAX, key.length()));
    }
    Path cache = store.layout().cache(key);
    boolean[] isHeld = new boolean[1];
    while (!isHeld[0]) {
      Path fresh = Files.isDirectory(cache) ? null : make(key);
      leases.holdWhile(
          lease.id(), Holdings.nothing().withCache(key), () -> isHeld[0] = take(cache, fresh));
    }
    return store.layout().root().relativize(StoreLayout.tree(cache));
  }

  /** Notes a use; false when somebody reclaimed the cache since it was looked for. */
  private boolean take(Path cache, @Nullable Path fresh) throws IOException {
    if (!Files.isDirectory(cache)) {
      if (fresh == null) {
        return false;
      }
      store.rename(fresh, cache);
    } else if (fresh != null) {
      store.discard(fresh);
    }
    Files.setLastModifiedTime(StoreLayout.used(cache), FileTime.from(store.now()));
    return true;
  }

  private Path make(String key) throws InterruptedException {
    Path directory = store.newTemporary();
    try {
      store.createDirectory(directory);
      Path tree = store.createDirectory(StoreLayout.tree(directory));
      Files.setAttribute(tree, "unix:mode", 0755);
      StoreRecord record = new StoreRecord().with("key", key);
      store.replace(StoreLayout.cacheRecord(directory), record, Durability.PROCESS_CRASH);
      Files.createFile(StoreLayout.used(directory));
    } catch (IOException e) {
      throw StoreFailures.of("make a cache in", directory, e);
    }
    store.port().adopt(StoreLayout.tree(directory));
    return directory;
  }

  @Override
  public List<CacheMount> all() throws InterruptedException {
    Holdings holdings = leases.holdings();
    List<CacheMount> all = new ArrayList<>();
    try {
      for (Path cache : store.list(store.layout().caches())) {
        Optional<String> key =
            store.read(StoreLayout.cacheRecord(cache)).flatMap(record -> record.find("key"));
        if (key.isPresent()) {
          TreeSize size = store.port().measure(StoreLayout.tree(cache));
          boolean isInUse = holdings.caches().contains(key.get());
          all.add(new CacheMount(key.get(), size, LayerStore.lastUsed(cache), isInUse));
        }
      }
    } catch (NoSuchFileException ignored) {
      // Reclaimed while it was looked at.
    } catch (IOException e) {
      throw StoreFailures.of("list the caches in", store.layout().caches(), e);
    }
    all.sort(Comparator.comparing(CacheMount::lastUsed).thenComparing(CacheMount::key));
    return all;
  }

  /** Takes a cache out of the store. Under the lock of the store. */
  public void remove(String key) throws IOException {
    store.discard(store.layout().cache(key));
  }
}
