package dev.stepbox.layercache.store;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.Leases;
import dev.stepbox.layercache.Snapshot;
import dev.stepbox.layercache.store.Store.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** The leases and pins of a store, one small file each. */
public final class LeaseStore implements Leases {
  private static final int NAME_LENGTH_MAX = 255;

  private final Store store;
  private final LayerStore layers;
  private final ImageLookup images;

  /** Tells which layers an image has. */
  public interface ImageLookup {
    /**
     * The layers of an image.
     *
     * @throws LayerCacheException {@code IMAGE_UNKNOWN}
     */
    List<LayerId> layersOf(Digest image);
  }

  public LeaseStore(Store store, LayerStore layers, ImageLookup images) {
    this.store = store;
    this.layers = layers;
    this.images = images;
  }

  @Override
  public Lease begin(String owner, Duration length, ProcessHandle process) {
    String id = store.newId().value();
    LeaseRecord record =
        LeaseRecord.of(requireLine(owner), store.now().plus(length), process, store.bootId());
    return store.locked(
        "begin a lease",
        () -> {
          write(id, record);
          return new StoredLease(id, record.owner());
        });
  }

  private static String requireLine(String text) {
    if (text.isBlank() || text.length() > NAME_LENGTH_MAX || text.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(
          "not a name of 1 to %d characters in one line: '%s'".formatted(NAME_LENGTH_MAX, text));
    }
    return text;
  }

  @Override
  public Optional<Lease> find(String id) {
    return record(id).map(record -> new StoredLease(id, record.owner()));
  }

  private Optional<LeaseRecord> record(String id) {
    if (!id.matches("[0-9a-z]{26}")) {
      return Optional.empty();
    }
    return store.locked("read a lease", () -> LeaseRecord.read(store, store.layout().lease(id)));
  }

  @Override
  public List<Held> all() {
    List<Held> all = new ArrayList<>();
    records()
        .forEach((id, record) ->
            all.add(new Held(id, record.owner(), record.expires(), isAlive(record))));
    return all;
  }

  private SequencedMap<String, LeaseRecord> records() {
    return store.locked(
        "read the leases",
        () -> {
          SequencedMap<String, LeaseRecord> records = new LinkedHashMap<>();
          for (Path file : store.list(store.layout().leases())) {
            try {
              LeaseRecord.read(store, file)
                  .ifPresent(record -> records.put(file.getFileName().toString(), record));
            } catch (LayerCacheException e) {
              dropTorn(file, e);
            }
          }
          return records;
        });
  }

  // Only a power cut tears such a file, and then nobody who held something by it is left.
  private void dropTorn(Path file, LayerCacheException e) throws IOException {
    if (e.code() != Code.STORE_CORRUPT) {
      throw e;
    }
    store.delete(file);
  }

  private boolean isAlive(LeaseRecord record) {
    return record.isAlive(store.now(), store.bootId());
  }

  private void write(String id, LeaseRecord record) throws IOException {
    store.replace(store.layout().lease(id), record.toRecord(), Durability.PROCESS_CRASH);
  }

  /** Everything that live leases and pins hold. */
  public Holdings holdings() {
    return store.locked(
        "read what is held",
        () -> {
          Holdings holdings = Holdings.nothing();
          for (LeaseRecord record : records().values()) {
            if (isAlive(record)) {
              holdings = holdings.and(record.holdings());
            }
          }
          for (Path pin : store.list(store.layout().pins())) {
            try {
              Optional<StoreRecord> record = store.read(pin);
              if (record.isPresent()) {
                holdings = holdings.and(LeaseRecord.holdings(record.get()));
              }
            } catch (LayerCacheException e) {
              dropTorn(pin, e);
            }
          }
          return holdings;
        });
  }

  /** Forgets dead leases, and takes write layers that no lease holds out of the store. */
  void clearDead() throws IOException {
    for (var entry : records().entrySet()) {
      if (!isAlive(entry.getValue())) {
        store.delete(store.layout().lease(entry.getKey()));
      }
    }
    Holdings holdings = holdings();
    for (Path write : store.list(store.layout().writes())) {
      if (!holdings.writes().contains(write.getFileName().toString())) {
        store.discard(write);
      }
    }
  }

  @Override
  public void pin(String name, Collection<LayerId> kept) {
    store.change(
        "pin layers",
        () -> {
          kept.forEach(this::requireThere);
          StoreRecord record =
              new StoreRecord().with("name", requireLine(name)).withAll("layer", kept);
          store.replace(store.layout().pin(name), record, Durability.PROCESS_CRASH);
        });
  }

  private void requireThere(LayerId id) {
    if (!layers.has(id)) {
      throw LayerStore.unknown(id);
    }
  }

  @Override
  public void unpin(String name) {
    store.change(
        "unpin layers",
        () -> {
          store.delete(store.layout().pin(name));
        });
  }

  @Override
  public List<String> pins() {
    return store.locked(
        "read the pins",
        () -> {
          List<String> names = new ArrayList<>();
          for (Path pin : store.list(store.layout().pins())) {
            store.read(pin).flatMap(record -> record.find("name")).ifPresent(names::add);
          }
          names.sort(null);
          return names;
        });
  }

  /** Makes a lease hold a write layer or cache mount that is made at the same moment. */
  public void holdWhile(String lease, Holdings more, Store.Change making) {
    store.change(
        "extend a lease",
        () -> {
          LeaseRecord record = requireLease(lease);
          write(lease, record.holding(more));
          making.make();
        });
  }

  private LeaseRecord requireLease(String id) throws IOException {
    return LeaseRecord.read(store, store.layout().lease(id))
        .orElseThrow(() ->
            new LayerCacheException(
                Code.LAYER_UNKNOWN,
                "the lease '%s' is over: it was released, or not renewed in time. Begin another."
                    .formatted(id)));
  }

  /** A lease by its id; what it holds is on disk only. */
  private final class StoredLease implements Lease {
    private final String id;
    private final String owner;

    StoredLease(String id, String owner) {
      this.id = id;
      this.owner = owner;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public String owner() {
      return owner;
    }

    @Override
    public void hold(LayerId layer) {
      hold(List.of(layer), Holdings.nothing().withLayers(List.of(layer)));
    }

    @Override
    public void hold(Image image) {
      List<LayerId> all = images.layersOf(image.id());
      hold(all, Holdings.nothing().withImage(image.id()).withLayers(all));
    }

    @Override
    public void hold(Snapshot snapshot) {
      List<LayerId> all = new ArrayList<>(images.layersOf(snapshot.image()));
      all.addAll(snapshot.workspaceLayers());
      all.addAll(snapshot.rootLayers());
      hold(all, Holdings.nothing().withImage(snapshot.image()).withLayers(all));
    }

    private void hold(List<LayerId> wanted, Holdings more) {
      holdWhile(
          id,
          more,
          () -> {
            for (LayerId layer : wanted) {
              requireThere(layer);
              layers.touch(layer);
            }
          });
    }

    @Override
    public void renew(Duration length, ProcessHandle process) {
      store.change(
          "renew a lease",
          () -> {
            LeaseRecord record = requireLease(id);
            write(id, record.until(store.now().plus(length), process, store.bootId()));
          });
    }

    @Override
    public void release() throws InterruptedException {
      store.change(
          "release a lease",
          () -> {
            store.delete(store.layout().lease(id));
            clearDead();
          });
      store.sweep();
    }
  }

  /** What the next opening of a store does first: clears away what dead processes left. */
  public void recover() throws InterruptedException {
    store.change(
        "clear the store",
        () -> {
          store.clearDeadSessions();
          clearDead();
        });
    store.sweep();
  }
}
