package dev.stepbox.layercache.reclaim;

import dev.stepbox.layercache.CacheMounts.CacheMount;
import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Space;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.image.ImageIndex;
import dev.stepbox.layercache.mount.CacheMountStore;
import dev.stepbox.layercache.store.Holdings;
import dev.stepbox.layercache.store.LayerRecord;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.LeaseStore;
import dev.stepbox.layercache.store.Sizes;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.StoreLayout;
import dev.stepbox.layercache.store.StoreRecord;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Counts what a store takes, and removes what nobody holds. */
public final class Reclaimer implements Space {
  private static final String CACHE_PART = "cache ";
  private static final Duration COUNT_AGE_MAX = Duration.ofHours(1);
  private static final List<Category> MADE_AGAIN =
      List.of(Category.UNNAMED_IMAGES, Category.SNAPSHOTS, Category.CACHE_MOUNTS);

  private final Store store;
  private final LayerStore layers;
  private final ImageIndex images;
  private final LeaseStore leases;
  private final CacheMountStore caches;
  private final Sizes sizes;

  public Reclaimer(
      Store store,
      LayerStore layers,
      ImageIndex images,
      LeaseStore leases,
      CacheMountStore caches) {
    this.store = store;
    this.layers = layers;
    this.images = images;
    this.leases = leases;
    this.caches = caches;
    this.sizes = new Sizes(store);
  }

  @Override
  public Usage usage() throws InterruptedException {
    Map<String, CacheMount> mounts = mounts();
    long running = runningBytes();
    measureLayers();
    Inventory inventory = store.locked("count what the store holds", () -> inventory(mounts));
    Map<Category, Share> shares = shares(inventory, Policy.unused().categories());
    shares.put(Category.RUNNING, new Share(runningCount(), running, 0));
    Usage usage = new Usage(shares, store.limits().quotaBytes(), free());
    noteCount(usage.bytes());
    return usage;
  }

  /**
   * What each category takes.
   *
   * @param madeAgain whose parts may be reclaimed, if nobody holds them
   */
  private Map<Category, Share> shares(Inventory inventory, List<Category> madeAgain) {
    Map<String, Category> categories = new HashMap<>();
    Set<String> held = new HashSet<>(inventory.heldParts());
    Map<Category, Integer> counts = new EnumMap<>(Category.class);
    for (Item item : inventory.items()) {
      counts.merge(item.category(), Math.max(1, item.names().size()), Integer::sum);
      for (String part : item.parts()) {
        categories.merge(part, item.category(), (a, b) -> a.compareTo(b) <= 0 ? a : b);
        if (item.isHeld() || !madeAgain.contains(item.category())) {
          held.add(part);
        }
      }
    }
    Map<Category, Share> shares = new EnumMap<>(Category.class);
    for (Category category : Category.values()) {
      int count = counts.getOrDefault(category, 0);
      shares.put(category, share(category, count, inventory, categories, held));
    }
    return shares;
  }

  private static Share share(
      Category category,
      int count,
      Inventory inventory,
      Map<String, Category> categories,
      Set<String> held) {
    long bytes = 0;
    long reclaimable = 0;
    for (Map.Entry<String, Long> part : inventory.partBytes().entrySet()) {
      if (categories.get(part.getKey()) == category) {
        bytes += part.getValue();
        reclaimable += held.contains(part.getKey()) ? 0 : part.getValue();
      }
    }
    return new Share(count, bytes, reclaimable);
  }

  private Map<String, CacheMount> mounts() throws InterruptedException {
    Map<String, CacheMount> mounts = new HashMap<>();
    caches.all().forEach(mount -> mounts.put(mount.key(), mount));
    return mounts;
  }

  private int runningCount() {
    return writes().size();
  }

  private List<Path> writes() {
    try {
      return store.list(store.layout().writes());
    } catch (IOException e) {
      throw StoreFailures.of("list", store.layout().writes(), e);
    }
  }

  private long runningBytes() throws InterruptedException {
    long bytes = 0;
    for (Path write : writes()) {
      try {
        bytes += store.port().measure(StoreLayout.tree(write)).bytes();
      } catch (LayerCacheException e) {
        if (Files.exists(write)) {
          throw e;
        }
        // Captured or discarded while it was measured.
      }
    }
    return bytes;
  }

  private void measureLayers() throws InterruptedException {
    for (LayerRecord record : layers.all()) {
      Path layer = store.layout().layer(record.layer().id());
      try {
        sizes.of(layer);
      } catch (LayerCacheException e) {
        if (Files.exists(layer)) {
          throw e;
        }
        // Reclaimed by another process while it was measured.
      }
    }
  }

  /** Under the lock of the store, so that nothing is taken or let go of meanwhile. */
  private Inventory inventory(Map<String, CacheMount> mounts) throws IOException {
    Holdings holdings = leases.holdings();
    Map<String, Long> partBytes = new HashMap<>();
    Map<String, Instant> used = new HashMap<>();
    Map<String, Layer.Kind> kinds = new HashMap<>();
    for (LayerRecord record : layers.all()) {
      LayerId id = record.layer().id();
      Path layer = store.layout().layer(id);
      partBytes.put(id.toString(), sizes.known(layer).map(size -> size.bytes()).orElse(0L));
      used.put(id.toString(), layers.lastUsed(id));
      kinds.put(id.toString(), record.layer().kind());
    }
    List<Item> items = new ArrayList<>(imageItems(holdings, used));
    Set<String> ofImages = new HashSet<>();
    items.forEach(item -> ofImages.addAll(item.parts()));
    kinds.forEach((id, kind) -> {
      if (!ofImages.contains(id)) {
        boolean isHeld = holdings.layers().contains(id);
        Instant last = used.getOrDefault(id, Instant.EPOCH);
        items.add(
            new Item(category(kind), Item.Kind.LAYER, id, List.of(), Set.of(id), last, isHeld));
      }
    });
    mounts.forEach((key, mount) -> {
      String part = CACHE_PART + key;
      boolean isHeld = holdings.caches().contains(key);
      partBytes.put(part, mount.size().bytes());
      items.add(
          new Item(
              Category.CACHE_MOUNTS,
              Item.Kind.CACHE,
              key,
              List.of(),
              Set.of(part),
              mount.lastUsed(),
              isHeld));
    });
    return new Inventory(items, partBytes, holdings.layers());
  }

  private static Category category(Layer.Kind kind) {
    return switch (kind) {
      case IMPORTED, HOST -> Category.UNNAMED_IMAGES;
      case CAPTURED, SOURCE, MERGED -> Category.SNAPSHOTS;
    };
  }

  private List<Item> imageItems(Holdings holdings, Map<String, Instant> used) {
    SortedMap<ImageName, Digest> names = images.names();
    List<Item> items = new ArrayList<>();
    for (Image image : images.all()) {
      List<String> parts = image.layers().stream().map(LayerId::toString).toList();
      Instant last = Instant.EPOCH;
      for (String part : parts) {
        Instant partUsed = used.getOrDefault(part, Instant.EPOCH);
        last = partUsed.isAfter(last) ? partUsed : last;
      }
      List<String> own =
          names.entrySet().stream()
              .filter(name -> name.getValue().equals(image.id()))
              .map(name -> name.getKey().value())
              .toList();
      items.add(
          new Item(
              own.isEmpty() ? Category.UNNAMED_IMAGES : Category.IMAGES,
              Item.Kind.IMAGE,
              image.id().toString(),
              own,
              Set.copyOf(parts),
              last,
              holdings.images().contains(image.id().toString())));
    }
    return items;
  }

  @Override
  public Pruned prune(Policy policy) throws InterruptedException {
    Map<String, CacheMount> mounts = mounts();
    measureLayers();
    Inventory.Choice choice =
        store.locked(
            "reclaim space",
            () -> {
              Inventory.Choice chosen = inventory(mounts).choose(policy, store.now());
              remove(chosen);
              removeTorn();
              return chosen;
            });
    store.sweep();
    List<String> removed = new ArrayList<>();
    choice.items().forEach(item -> removed.add(describe(item)));
    return new Pruned(removed, choice.bytes());
  }

  private static String describe(Item item) {
    return switch (item.kind()) {
      case IMAGE ->
          item.names().isEmpty()
              ? "image " + item.name()
              : "image %s (%s)".formatted(String.join(", ", item.names()), item.name());
      case LAYER -> "layer " + item.name();
      case CACHE -> "cache " + item.name();
    };
  }

  private void remove(Inventory.Choice choice) throws IOException {
    Set<Digest> gone = new HashSet<>();
    for (Item item : choice.items()) {
      switch (item.kind()) {
        case IMAGE -> gone.add(Digest.parse(item.name()));
        case CACHE -> caches.remove(item.name());
        case LAYER -> {
          // Its only part goes below.
        }
      }
    }
    for (Map.Entry<ImageName, Digest> name : images.names().entrySet()) {
      if (gone.contains(name.getValue())) {
        images.unname(name.getKey());
      }
    }
    // The image goes before its layers: a crash between leaves layers that nobody names.
    for (Digest image : gone) {
      images.remove(image);
    }
    for (String part : choice.parts()) {
      if (!part.startsWith(CACHE_PART)) {
        store.discard(store.layout().layer(LayerId.parse(part)));
      }
    }
  }

  /** Removes directories of layers that no record describes any more. */
  private void removeTorn() throws IOException {
    Set<Path> whole = new HashSet<>();
    layers.all().forEach(record -> whole.add(store.layout().layer(record.layer().id())));
    for (Path layer : store.list(store.layout().layers())) {
      if (!whole.contains(layer)) {
        store.discard(layer);
      }
    }
  }

  @Override
  public Pruned admit() throws InterruptedException {
    long reserve = reserve();
    if (isKnownToBeFarBelowQuota() && free() >= reserve) {
      return new Pruned(List.of(), 0);
    }
    long bytes = usage().bytes();
    long missing = Math.max(0, reserve - free());
    long keep = Math.min(store.limits().quotaBytes(), Math.max(0, bytes - missing));
    Pruned pruned =
        bytes <= keep
            ? new Pruned(List.of(), 0)
            : prune(new Policy(MADE_AGAIN, keep, Duration.ZERO));
    if (free() < reserve) {
      throw new LayerCacheException(
          Code.STORE_FULL,
          ("cannot start a build: %d MiB are free on the file system of '%s', at least %d MiB must"
                  + " be, and all else in the store is in use. Free some space, or remove images"
                  + " with 'stepbox image rm'.")
              .formatted(free() >> 20, store.layout().root(), reserve >> 20));
    }
    return pruned;
  }

  private void noteCount(long bytes) {
    StoreRecord record =
        new StoreRecord().with("bytes", bytes).with("time", store.now().getEpochSecond());
    try {
      store.replace(store.layout().count(), record, Store.Durability.PROCESS_CRASH);
    } catch (IOException e) {
      throw StoreFailures.of("note the size of", store.layout().root(), e);
    }
  }

  /** By the last count of any process, if it is not old. */
  private boolean isKnownToBeFarBelowQuota() {
    try {
      Optional<StoreRecord> count = store.read(store.layout().count());
      if (count.isEmpty()) {
        return false;
      }
      Instant time = Instant.ofEpochSecond(count.get().number("time"));
      return time.plus(COUNT_AGE_MAX).isAfter(store.now())
          && count.get().number("bytes") < store.limits().quotaBytes() / 10 * 8;
    } catch (IOException | Malformed | LayerCacheException ignored) {
      // Then it is counted anew.
      return false;
    }
  }

  private long free() {
    try {
      return files().getUsableSpace();
    } catch (IOException e) {
      throw StoreFailures.of("ask for free space of", store.layout().root(), e);
    }
  }

  private long reserve() {
    try {
      return Math.min(store.limits().reserveBytes(), files().getTotalSpace() / 20);
    } catch (IOException e) {
      throw StoreFailures.of("ask for the size of", store.layout().root(), e);
    }
  }

  private FileStore files() throws IOException {
    if (!Files.exists(store.layout().root())) {
      throw new NoSuchFileException(store.layout().root().toString());
    }
    return Files.getFileStore(store.layout().root());
  }
}
