package dev.stepbox.layercache.store;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.store.Store.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The layers of a store. */
public final class LayerStore {
  private final Store store;
  private final LayerCheck check;

  /** Looks whether a layer is still what was unpacked. */
  public interface LayerCheck {
    /** Reads the whole layer; false when it is damaged or cannot be told. */
    boolean isIntact(Path layer) throws IOException, InterruptedException;
  }

  public LayerStore(Store store, LayerCheck check) {
    this.store = store;
    this.check = check;
  }

  /** Whether the store has a layer, damaged or not. */
  public boolean has(LayerId id) {
    return Files.isDirectory(store.layout().layer(id));
  }

  /** The directory with the files of a layer, absolute. */
  public Path tree(LayerId id) {
    return StoreLayout.tree(store.layout().layer(id));
  }

  /**
   * What is written down of a layer.
   *
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code STORE_CORRUPT}
   */
  public LayerRecord get(LayerId id) {
    Path layer = store.layout().layer(id);
    try {
      LayerRecord record = read(layer).orElseThrow(() -> unknown(id));
      if (!record.layer().id().equals(id)) {
        throw new LayerCacheException(
            Code.STORE_CORRUPT,
            "cannot use layer '%s': the store has '%s' in its place. Import the image again."
                .formatted(id, record.layer().id()));
      }
      return record;
    } catch (IOException e) {
      throw StoreFailures.of("read layer", layer, e);
    }
  }

  private Optional<LayerRecord> read(Path layer) throws IOException {
    Path file = StoreLayout.layerRecord(layer);
    Optional<StoreRecord> record = store.read(file);
    if (record.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(LayerRecord.of(record.get()));
    } catch (StoreRecord.Malformed e) {
      throw Store.corrupt(file, e);
    }
  }

  static LayerCacheException unknown(LayerId id) {
    return new LayerCacheException(
        Code.LAYER_UNKNOWN,
        ("no layer '%s' in the store: it was reclaimed, or lost when the machine stopped. Run the"
                + " build again.")
            .formatted(id));
  }

  /** All layers that can be told; those that are damaged are left out. */
  public List<LayerRecord> all() {
    List<LayerRecord> all = new ArrayList<>();
    try {
      for (Path layer : store.list(store.layout().layers())) {
        try {
          read(layer).ifPresent(all::add);
        } catch (LayerCacheException ignored) {
          // Its record is torn: it is of no use to anybody, and told by whoever asks for it.
        }
      }
    } catch (IOException e) {
      throw StoreFailures.of("list the layers in", store.layout().layers(), e);
    }
    return all;
  }

  /**
   * Makes what lies in a directory of this process a layer of the store. If the store has it
   * already, that one stays. Under the lock of the store.
   *
   * @param directory with a {@code tree} in it
   */
  public void commit(Path directory, LayerRecord record) throws IOException {
    if (has(record.layer().id())) {
      store.discard(directory);
      return;
    }
    store.replace(StoreLayout.layerRecord(directory), record.toRecord(), Durability.PROCESS_CRASH);
    touch(directory);
    store.rename(directory, store.layout().layer(record.layer().id()));
  }

  /** Notes that a layer is used now. */
  public void touch(LayerId id) throws IOException {
    touch(store.layout().layer(id));
  }

  private void touch(Path layer) throws IOException {
    Path used = StoreLayout.used(layer);
    if (!Files.exists(used)) {
      Files.createFile(used);
    }
    Files.setLastModifiedTime(used, FileTime.from(store.now()));
  }

  /** When a layer was used last. */
  public Instant lastUsed(LayerId id) throws IOException {
    return lastUsed(store.layout().layer(id));
  }

  /** When a layer or cache mount in this directory was used last. */
  public static Instant lastUsed(Path directory) throws IOException {
    try {
      return Files.getLastModifiedTime(StoreLayout.used(directory)).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.EPOCH;
    }
  }

  /**
   * Makes sure that a layer may be used: one that was not on disk when the machine stopped is read
   * as a whole first, and taken out of the store when it is damaged.
   *
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code STORE_CORRUPT}
   */
  public LayerRecord require(LayerId id) throws InterruptedException {
    LayerRecord record = get(id);
    Path layer = store.layout().layer(id);
    if (record.bootId().equals(store.bootId()) || Files.exists(StoreLayout.durable(layer))) {
      return record;
    }
    try {
      if (check.isIntact(layer)) {
        store.replace(StoreLayout.durable(layer), new byte[0], Durability.PROCESS_CRASH);
        return record;
      }
    } catch (IOException e) {
      throw StoreFailures.of("check layer", layer, e);
    }
    remove(id);
    throw unknown(id);
  }

  /** Reads all imported layers as a whole, and takes those that are damaged out of the store. */
  public List<LayerId> verifyAll() throws InterruptedException {
    List<LayerId> damaged = new ArrayList<>();
    for (LayerRecord record : all()) {
      LayerId id = record.layer().id();
      Path layer = store.layout().layer(id);
      try {
        boolean isIntact =
            switch (record.layer().kind()) {
              case IMPORTED -> check.isIntact(layer);
              case CAPTURED, SOURCE, MERGED, HOST -> Files.isDirectory(StoreLayout.tree(layer));
            };
        if (!isIntact && has(id)) {
          remove(id);
          damaged.add(id);
        }
      } catch (IOException e) {
        throw StoreFailures.of("check layer", layer, e);
      }
    }
    return damaged;
  }

  /** Takes a layer out of the store. */
  public void remove(LayerId id) {
    store.change(
        "remove a layer",
        () -> {
          store.discard(store.layout().layer(id));
        });
  }

  /** Returns when all layers of this boot are on disk. */
  public void makeDurable() throws InterruptedException {
    for (LayerRecord record : all()) {
      Path layer = store.layout().layer(record.layer().id());
      Path mark = StoreLayout.durable(layer);
      if (record.bootId().equals(store.bootId()) && !Files.exists(mark)) {
        store.port().sync(layer);
        try {
          // A mark that a power cut loses says less than is true, never more.
          store.replace(mark, new byte[0], Durability.PROCESS_CRASH);
        } catch (NoSuchFileException ignored) {
          // It was reclaimed meanwhile.
        } catch (IOException e) {
          throw StoreFailures.of("mark layer", layer, e);
        }
      }
    }
  }
}
