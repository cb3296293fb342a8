package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.WriteLayer;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.store.Holdings;
import dev.stepbox.layercache.store.LayerRecord;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.LeaseStore;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.Store.Durability;
import dev.stepbox.layercache.store.StoreLayout;
import dev.stepbox.layercache.store.StoreRecord;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the places where stages write, and turns them into layers. */
public final class WriteLayers {
  private static final int MODE = 0755;
  private static final String STATUS = "unix:mode,uid,gid";

  private final Store store;
  private final LayerStore layers;
  private final LeaseStore leases;

  public WriteLayers(Store store, LayerStore layers, LeaseStore leases) {
    this.store = store;
    this.layers = layers;
    this.leases = leases;
  }

  /** A place for what a stage writes in a workspace. */
  public WriteLayer forWorkspace(Lease lease) throws InterruptedException {
    return create(lease, new Purpose.Workspace(), List.of(), Map.of());
  }

  /** A place for what a stage writes in the root file system of an image. */
  public WriteLayer forRoot(Lease lease, Image image) throws InterruptedException {
    List<String> parts = OverlayPlans.parts(image);
    Path top = layers.tree(image.layers().getLast());
    Map<String, Integer> modes = new HashMap<>();
    for (String part : parts.isEmpty() ? List.of("") : parts) {
      modes.put(part, modeOf(top.resolve(part)));
    }
    return create(lease, new Purpose.Root(image.id()), parts, modes);
  }

  /** The write layer decides how the root of the mount looks, so it looks like the one below. */
  private static int modeOf(Path directory) {
    try {
      return (int) Files.getAttribute(directory, "unix:mode") & 07777;
    } catch (IOException e) {
      throw StoreFailures.of("look at", directory, e);
    }
  }

  private WriteLayer create(
      Lease lease, Purpose purpose, List<String> parts, Map<String, Integer> modes)
      throws InterruptedException {
    LayerId.Unique id = store.newId();
    Path directory = store.newTemporary();
    List<String> places = parts.isEmpty() ? List.of("") : parts;
    try {
      store.createDirectory(directory);
      for (Path above : List.of(StoreLayout.tree(directory), StoreLayout.work(directory))) {
        store.createDirectory(above);
        Files.setAttribute(above, "unix:mode", MODE);
        for (String part : parts) {
          store.createDirectory(above.resolve(part));
        }
      }
      for (String place : places) {
        Path upper = StoreLayout.tree(directory).resolve(place);
        Files.setAttribute(upper, "unix:mode", modes.getOrDefault(place, MODE));
      }
    } catch (IOException e) {
      throw StoreFailures.of("make a write layer in", directory, e);
    }
    store.port().adopt(StoreLayout.tree(directory));
    store.port().lend(StoreLayout.work(directory));
    leases.holdWhile(
        lease.id(),
        Holdings.nothing().withWrite(id),
        () -> {
          StoreRecord record = record(lease, purpose, parts);
          for (String place : places) {
            record.with("status", status(StoreLayout.tree(directory).resolve(place)));
          }
          store.replace(StoreLayout.writeRecord(directory), record, Durability.PROCESS_CRASH);
          store.rename(directory, store.layout().write(id));
        });
    return new Written(id, purpose, lease.id());
  }

  private static StoreRecord record(Lease lease, Purpose purpose, List<String> parts) {
    StoreRecord record = new StoreRecord().with("lease", lease.id()).withAll("part", parts);
    return switch (purpose) {
      case Purpose.Workspace() -> record;
      case Purpose.Root(Digest image) -> record.with("image", image.toString());
    };
  }

  private static String status(Path directory) throws IOException {
    Map<String, Object> status = Files.readAttributes(directory, STATUS);
    return "%s %s %s".formatted(status.get("mode"), status.get("uid"), status.get("gid"));
  }

  /** A write layer that is neither captured nor discarded. */
  public Optional<WriteLayer> find(LayerId.Unique id) {
    Path file = StoreLayout.writeRecord(store.layout().write(id));
    try {
      Optional<StoreRecord> record = store.read(file);
      if (record.isEmpty()) {
        return Optional.empty();
      }
      Optional<String> image = record.get().find("image");
      Purpose purpose =
          image.isPresent() ? new Purpose.Root(Digest.parse(image.get())) : new Purpose.Workspace();
      return Optional.of(new Written(id, purpose, record.get().get("lease")));
    } catch (IOException e) {
      throw StoreFailures.of("read write layer", file, e);
    } catch (Malformed | IllegalArgumentException e) {
      throw Store.corrupt(file, e);
    }
  }

  /** A write layer on disk. */
  private final class Written implements WriteLayer {
    private final LayerId.Unique id;
    private final Purpose purpose;
    private final String lease;

    Written(LayerId.Unique id, Purpose purpose, String lease) {
      this.id = id;
      this.purpose = purpose;
      this.lease = lease;
    }

    @Override
    public LayerId.Unique id() {
      return id;
    }

    @Override
    public Purpose purpose() {
      return purpose;
    }

    @Override
    public Optional<LayerId> capture() {
      if (layers.has(id)) {
        // An earlier process captured it and died before it could say so.
        return Optional.of(id);
      }
      Path directory = store.layout().write(id);
      try {
        if (isEmpty(directory)) {
          store.discard(directory);
          return Optional.empty();
        }
      } catch (IOException e) {
        throw StoreFailures.of("capture", directory, e);
      }
      leases.holdWhile(
          lease,
          Holdings.nothing().withLayers(List.of(id)),
          () -> {
            store.discard(StoreLayout.work(directory));
            Layer layer = new Layer(id, Layer.Kind.CAPTURED, store.now());
            layers.commit(directory, new LayerRecord(layer, store.bootId(), false));
          });
      return Optional.of(id);
    }

    /** Whether nothing was written and the root itself looks as it did. */
    private boolean isEmpty(Path directory) throws IOException {
      Path tree = StoreLayout.tree(directory);
      Path file = StoreLayout.writeRecord(directory);
      StoreRecord record =
          store.read(file).orElseThrow(() -> new IOException("its record is missing"));
      List<String> parts = record.all("part");
      List<String> expected = record.all("status");
      List<String> found = new ArrayList<>();
      for (String part : parts.isEmpty() ? List.of("") : parts) {
        Path place = tree.resolve(part);
        found.add(status(place));
        if (!Files.isReadable(place) || !store.list(place).isEmpty()) {
          return false;
        }
      }
      return found.equals(expected);
    }

    @Override
    public void discard() {
      Path directory = store.layout().write(id);
      try {
        store.discard(directory);
      } catch (IOException e) {
        throw StoreFailures.of("discard", directory, e);
      }
    }
  }

  /** A place for a source tree. */
  public SourceLayer forSource(Lease lease) {
    Path directory = store.newTemporary();
    try {
      store.createDirectory(directory);
      Path tree = store.createDirectory(StoreLayout.tree(directory));
      Files.setAttribute(tree, "unix:mode", MODE);
      return new Source(directory, lease.id());
    } catch (IOException e) {
      throw StoreFailures.of("make a source layer in", directory, e);
    }
  }

  /** A source tree that is being filled. */
  private final class Source implements SourceLayer {
    private final Path directory;
    private final String lease;

    Source(Path directory, String lease) {
      this.directory = directory;
      this.lease = lease;
    }

    @Override
    public Path directory() {
      return StoreLayout.tree(directory);
    }

    @Override
    public LayerId seal() throws InterruptedException {
      store.port().adopt(directory());
      return addLayer(directory, Layer.Kind.SOURCE, lease);
    }

    @Override
    public void close() {
      try {
        store.discard(directory);
      } catch (IOException e) {
        throw StoreFailures.of("discard", directory, e);
      }
    }
  }

  /** Makes a directory of this process, with an adopted tree, a layer that a lease holds. */
  LayerId addLayer(Path directory, Layer.Kind kind, String lease) {
    LayerId.Unique id = store.newId();
    leases.holdWhile(
        lease,
        Holdings.nothing().withLayers(List.of(id)),
        () -> {
          Layer layer = new Layer(id, kind, store.now());
          layers.commit(directory, new LayerRecord(layer, store.bootId(), false));
        });
    return id;
  }
}
