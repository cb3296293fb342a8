package dev.stepbox.agent.worker;

import dev.stepbox.layercache.CacheMounts;
import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageConfig;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.Images;
import dev.stepbox.layercache.ImportReport;
import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.Leases;
import dev.stepbox.layercache.MergeResult;
import dev.stepbox.layercache.OverlayPlan;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.RootPlan;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.layercache.Space;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.WriteLayer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A store of plain directories, for tests in which nothing is mounted: keeps the contract as far as
 * a worker goes, which {@link LayerCacheContract} holds both to, and remembers nothing of leases
 * but that they were released.
 */
public final class PlainLayerCache implements LayerCache {
  private static final LayerId SKELETON = new LayerId.Unique("0".repeat(26));
  private static final LayerId EMPTY = new LayerId.Unique("1" + "0".repeat(25));

  private final Path root;
  private final AtomicInteger numbers = new AtomicInteger(1);
  private final Map<LayerId.Unique, PlainWrites> writes = new ConcurrentHashMap<>();
  private final PlainLeases leases = new PlainLeases(writes::clear);
  private final Map<Digest, Image> images = new ConcurrentHashMap<>();
  private volatile List<String> hostNotices = List.of();

  /** A store in a directory. */
  public PlainLayerCache(Path root) {
    this.root = root;
    makeDirectory(layerDirectory(SKELETON));
    makeDirectory(layerDirectory(EMPTY));
  }

  /** What the host image that is made next lacks. */
  void hostLacks(String notice) {
    hostNotices = List.of(notice);
  }

  /** Makes an image of these files known. */
  public Image image(ImageConfig config, Map<String, String> files) {
    LayerId layer = newId();
    files.forEach((name, content) -> write(layerDirectory(layer).resolve(name), content));
    var image =
        new Image(
            new Digest("%064x".formatted(numbers.get())),
            config,
            List.of(layer),
            List.of(),
            List.of());
    images.put(image.id(), image);
    return image;
  }

  /** Makes a layer of these files. */
  public LayerId layerOf(Map<String, String> files) {
    LayerId layer = newId();
    makeDirectory(layerDirectory(layer));
    files.forEach((name, content) -> write(layerDirectory(layer).resolve(name), content));
    return layer;
  }

  /** Where the files of a layer are. */
  public Path layerDirectory(LayerId id) {
    return root.resolve("layers").resolve(id.toString().replace(':', '-'));
  }

  /** Write layers that were neither captured nor discarded. */
  public int openWrites() {
    return writes.size();
  }

  /** Leases that were not released. */
  public int openLeases() {
    return leases.count();
  }

  private LayerId.Unique newId() {
    return new LayerId.Unique("0%025d".formatted(numbers.getAndIncrement()));
  }

  private static void makeDirectory(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String content) {
    makeDirectory(file.resolveSibling(""));
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Path root() {
    return root;
  }

  @Override
  public Layer layer(LayerId id) {
    if (!Files.isDirectory(layerDirectory(id))) {
      throw new LayerCacheException(LayerCacheException.Code.LAYER_UNKNOWN, "no layer " + id);
    }
    return new Layer(id, Layer.Kind.CAPTURED, Instant.EPOCH);
  }

  @Override
  public List<LayerId> verify() {
    return List.of();
  }

  @Override
  public WriteLayer newWriteLayer(Lease lease, WriteLayer.Purpose purpose) {
    var layer = new PlainWrites(newId(), purpose);
    makeDirectory(layer.directory().resolve("upper"));
    makeDirectory(layer.directory().resolve("work"));
    writes.put(layer.id(), layer);
    return layer;
  }

  @Override
  public Optional<WriteLayer> writeLayer(LayerId.Unique id) {
    return Optional.ofNullable(writes.get(id));
  }

  @Override
  public SourceLayer newSourceLayer(Lease lease) {
    LayerId.Unique id = newId();
    makeDirectory(layerDirectory(id));
    return new SourceLayer() {
      @Override
      public Path directory() {
        return layerDirectory(id);
      }

      @Override
      public LayerId seal() {
        return id;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public RootPlan rootPlan(Image image, List<LayerId> rootLayers, @Nullable WriteLayer layer) {
    List<LayerId> all = new ArrayList<>(image.layers());
    all.addAll(rootLayers);
    var mounts = new LinkedHashMap<String, OverlayPlan>();
    for (Path host : image.hostDirectories()) {
      mounts.put(host.toString(), hostPlan(host, rootLayers, layer));
    }
    return new RootPlan(plan(all, layer), mounts);
  }

  private OverlayPlan hostPlan(Path host, List<LayerId> layers, @Nullable WriteLayer writable) {
    List<Lower> lowers = new ArrayList<>();
    lowers.add(new Lower.OnHost(host));
    String name = String.valueOf(host.getFileName());
    for (LayerId layer : layers) {
      Path directory = layerDirectory(layer).resolve("host").resolve(name);
      if (Files.isDirectory(directory)) {
        lowers.add(new Lower.InStore(root.relativize(directory)));
      }
    }
    if (writable == null) {
      return new OverlayPlan(lowers, null);
    }
    Path writesHere = ((PlainWrites) writable).directory();
    Path upper = writesHere.resolve("upper/host").resolve(name);
    Path work = writesHere.resolve("host-work").resolve(name);
    makeDirectory(upper);
    makeDirectory(work);
    return new OverlayPlan(
        lowers, new OverlayPlan.Writes(root.relativize(upper), root.relativize(work)));
  }

  /** The machine's own programs, as far as tests need them. */
  private Image hostImage(Digest id) {
    List<Path> shown = new ArrayList<>();
    for (String name : List.of("usr", "etc", "opt", "var", "bin", "sbin", "lib", "lib64")) {
      Path host = Path.of("/", name);
      Path inSkeleton = layerDirectory(SKELETON).resolve(name);
      try {
        if (Files.isSymbolicLink(host)) {
          Files.createSymbolicLink(inSkeleton, Files.readSymbolicLink(host));
        } else if (Files.isDirectory(host)) {
          Files.createDirectories(inSkeleton);
          shown.add(host);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    makeDirectory(layerDirectory(SKELETON).resolve("root"));
    return new Image(id, ImageConfig.NONE, List.of(SKELETON), shown, hostNotices);
  }

  @Override
  public OverlayPlan workspacePlan(List<LayerId> layers, @Nullable WriteLayer layer) {
    return plan(layers.isEmpty() ? List.of(EMPTY) : layers, layer);
  }

  private OverlayPlan plan(List<LayerId> layers, @Nullable WriteLayer layer) {
    List<Lower> lowers = new ArrayList<>();
    layers.forEach(id -> lowers.add(new Lower.InStore(root.relativize(layerDirectory(id)))));
    Path below = layer == null ? root : root.relativize(((PlainWrites) layer).directory());
    return new OverlayPlan(
        lowers,
        layer == null
            ? null
            : new OverlayPlan.Writes(below.resolve("upper"), below.resolve("work")));
  }

  @Override
  public Images images() {
    return new Images() {
      @Override
      public ImportReport load(ImageName name, ImageSource source) {
        throw new UnsupportedOperationException("a worker does not ask for it");
      }

      @Override
      public Image ensure(ImageSource source) {
        return images.computeIfAbsent(new Digest("0".repeat(64)), PlainLayerCache.this::hostImage);
      }

      @Override
      public Optional<Image> named(ImageName name) {
        return Optional.empty();
      }

      @Override
      public Image byId(Digest id) {
        Image image = images.get(id);
        if (image == null) {
          throw new LayerCacheException(
              LayerCacheException.Code.IMAGE_UNKNOWN, "no image '%s'".formatted(id));
        }
        return image;
      }

      @Override
      public List<Named> all() {
        return List.of();
      }

      @Override
      public void remove(ImageName name) {
        throw new UnsupportedOperationException("a worker does not ask for it");
      }
    };
  }

  @Override
  public Leases leases() {
    return leases;
  }

  @Override
  public OptionalInt export(List<LayerId> layers, TreePath path, Path target) {
    throw new UnsupportedOperationException("a worker does not ask for it");
  }

  @Override
  public CacheMounts cacheMounts() {
    return new CacheMounts() {
      @Override
      public Path use(Lease lease, String key) {
        Path directory = Path.of("caches", Integer.toHexString(key.hashCode()));
        makeDirectory(root.resolve(directory));
        return directory;
      }

      @Override
      public List<CacheMount> all() {
        return List.of();
      }
    };
  }

  @Override
  public Space space() {
    throw new UnsupportedOperationException("a worker does not ask for it");
  }

  @Override
  public MergeResult merge(Lease lease, List<LayerId> common, List<MergeResult.Branch> branches) {
    throw new UnsupportedOperationException("a worker does not ask for it");
  }

  @Override
  public void makeDurable() {}

  @Override
  public void close() {}

  private final class PlainWrites implements WriteLayer {
    private final LayerId.Unique id;
    private final Purpose purpose;

    PlainWrites(LayerId.Unique id, Purpose purpose) {
      this.id = id;
      this.purpose = purpose;
    }

    Path directory() {
      return root.resolve("writes").resolve(id.value());
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
      writes.remove(id);
      Path upper = directory().resolve("upper");
      try (var files = Files.list(upper)) {
        if (files.findAny().isEmpty()) {
          return Optional.empty();
        }
        makeDirectory(root.resolve("layers"));
        Files.move(upper, layerDirectory(id));
        return Optional.of(id);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void discard() {
      writes.remove(id);
    }
  }
}
