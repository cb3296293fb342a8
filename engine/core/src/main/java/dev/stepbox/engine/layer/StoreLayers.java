package dev.stepbox.engine.layer;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.Leases;
import dev.stepbox.layercache.MergeResult;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.pipeline.model.ImageRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The layers of a build in the store, held by one lease that survives the engine. */
public final class StoreLayers implements BuildLayers {

  /** How long a build whose engine is gone can still be carried on. */
  static final Duration LEASE = Duration.ofHours(24);

  private static final Logger LOG = LoggerFactory.getLogger(StoreLayers.class);
  private static final int PATHS_SHOWN = 5;

  private final LayerCache store;
  private final Lease lease;
  private final Path pipeline;

  private StoreLayers(LayerCache store, Lease lease, Path pipeline) {
    this.store = store;
    this.lease = lease;
    this.pipeline = pipeline;
  }

  /**
   * The layers of a build, new or carried on; before a new one, room is made in the store. What
   * earlier builds left behind stays if it can.
   *
   * @param pipeline the directory that its pipeline belongs to
   * @throws EngineException {@link ErrorCode#NO_SPACE}, {@link ErrorCode#HOME_UNUSABLE}
   */
  public static StoreLayers of(LayerCache store, BuildId build, Path pipeline)
      throws InterruptedException {
    String owner = "build " + build;
    try {
      for (Leases.Held held : store.leases().all()) {
        Lease found =
            held.owner().equals(owner) ? store.leases().find(held.id()).orElse(null) : null;
        if (found != null) {
          found.renew(LEASE, ProcessHandle.current());
          return new StoreLayers(store, found, pipeline);
        }
      }
      admit(store);
      Lease lease = store.leases().begin(owner, LEASE, ProcessHandle.current());
      return new StoreLayers(store, lease, pipeline);
    } catch (LayerCacheException e) {
      throw failure("hold the layers of " + owner, e);
    }
  }

  private static void admit(LayerCache store) throws InterruptedException {
    try {
      store.space().admit();
    } catch (LayerCacheException e) {
      if (e.code() != LayerCacheException.Code.STORE_FULL || store.leases().pins().isEmpty()) {
        throw e;
      }
      store.leases().pins().forEach(store.leases()::unpin);
      store.space().admit();
    }
  }

  @Override
  public RootImage image(ImageRef reference, Path directory) throws InterruptedException {
    return switch (reference) {
      case ImageRef.Host _ -> RootImage.host();
      case ImageRef.Named named -> stored(reference, named(named));
      case ImageRef.OciLayout oci ->
          read(reference, new ImageSource.OciLayout(directory.resolve(oci.path()), null));
      case ImageRef.DockerArchive archive ->
          read(reference, new ImageSource.DockerArchive(directory.resolve(archive.path()), null));
      case ImageRef.RootfsTarball tarball ->
          read(reference, new ImageSource.RootfsTarball(directory.resolve(tarball.path())));
    };
  }

  private Image named(ImageRef.Named named) {
    String reference = named.reference();
    try {
      return store
          .images()
          .named(new ImageName(reference))
          .orElseThrow(() -> unknown(reference, "the store has no image of that name"));
    } catch (IllegalArgumentException e) {
      throw unknown(reference, "this cannot be the name of one");
    } catch (LayerCacheException e) {
      throw failure("find image '%s'".formatted(reference), e);
    }
  }

  private static EngineException unknown(String reference, String why) {
    return new EngineException(
        ErrorCode.IMAGE_UNUSABLE,
        "cannot find image '%s': %s. List images with 'stepbox image ls', add it with 'stepbox"
                .formatted(reference, why)
            + " image import %s SOURCE'.".formatted(reference));
  }

  private RootImage read(ImageRef reference, ImageSource source) throws InterruptedException {
    try {
      return stored(reference, store.images().ensure(source));
    } catch (LayerCacheException e) {
      throw failure("use image '%s'".formatted(reference), e);
    }
  }

  private RootImage stored(ImageRef reference, Image image) {
    try {
      lease.hold(image);
    } catch (LayerCacheException e) {
      throw failure("use image '%s'".formatted(reference), e);
    }
    return new RootImage.Stored(reference.toString(), image.id().toString());
  }

  @Override
  public Joined join(RootImage image, List<Origin> origins) throws InterruptedException {
    return SnapshotJoin.join(image, origins, this::merge);
  }

  private SnapshotJoin.Merge merge(List<String> common, List<SnapshotJoin.Branch> branches)
      throws InterruptedException {
    List<MergeResult.Branch> wanted =
        branches.stream()
            .map(branch -> new MergeResult.Branch(branch.name(), ids(branch.layers())))
            .toList();
    try {
      return switch (store.merge(lease, ids(common), wanted)) {
        case MergeResult.Merged merged ->
            new SnapshotJoin.Merge.Merged(merged.layers().stream().map(LayerId::toString).toList());
        case MergeResult.Conflicted conflicted ->
            new SnapshotJoin.Merge.Conflicted(describe(conflicted));
      };
    } catch (LayerCacheException e) {
      throw failure("merge the workspaces of parallel stages", e);
    }
  }

  private static String describe(MergeResult.Conflicted conflicted) {
    String paths =
        conflicted.conflicts().stream()
            .limit(PATHS_SHOWN)
            .map(conflict ->
                "'%s' (%s)".formatted(conflict.path(), String.join(", ", conflict.branches())))
            .collect(Collectors.joining(", "));
    int more = conflicted.total() - Math.min(PATHS_SHOWN, conflicted.conflicts().size());
    return "cannot merge the workspaces of the stages it needs: they changed the same paths"
        + " differently: "
        + paths
        + (more > 0 ? " and %d more".formatted(more) : "")
        + ". Let only one of them write there, or hand results over with stash and unstash.";
  }

  private static List<LayerId> ids(List<String> layers) {
    return layers.stream().map(LayerId::parse).toList();
  }

  @Override
  public SourcePlace newSource() {
    SourceLayer layer = guarded("make a source layer", () -> store.newSourceLayer(lease));
    return new SourcePlace() {
      @Override
      public Path directory() {
        return layer.directory();
      }

      @Override
      public String seal() throws InterruptedException {
        try {
          return layer.seal().toString();
        } catch (LayerCacheException e) {
          throw failure("keep a source tree", e);
        }
      }

      @Override
      public void close() {
        layer.close();
      }
    };
  }

  @Override
  public void hold(Snapshot snapshot) {
    guarded(
        "keep what a stage left behind",
        () -> {
          ids(snapshot.workspaceLayers()).forEach(lease::hold);
          ids(snapshot.rootLayers()).forEach(lease::hold);
          if (snapshot.image() instanceof RootImage.Stored stored) {
            lease.hold(store.images().byId(Digest.parse(stored.digest())));
          }
          return snapshot;
        });
  }

  @Override
  public void makeDurable() throws InterruptedException {
    try {
      store.makeDurable();
    } catch (LayerCacheException e) {
      throw failure("bring the layers of the build to the disk", e);
    }
  }

  @Override
  public void release(List<Snapshot> left) throws InterruptedException {
    try {
      keep(left);
      lease.release();
    } catch (LayerCacheException e) {
      throw failure("let go of the layers of the build", e);
    }
  }

  /** Replaces what the build before it has left; a second release has nothing to keep. */
  private void keep(List<Snapshot> left) {
    Set<LayerId> layers = new LinkedHashSet<>();
    left.forEach(snapshot -> layers.addAll(ids(snapshot.workspaceLayers())));
    if (layers.isEmpty()) {
      return;
    }
    try {
      store.leases().pin(StoreKeptSnapshots.pin(pipeline), layers);
    } catch (LayerCacheException e) {
      if (e.code() != LayerCacheException.Code.LAYER_UNKNOWN) {
        throw e;
      }
      // A build that was carried on after its lease was over: a part of it is gone already.
      LOG.debug("what the build left behind is not kept", e);
    }
  }

  /** Work of the store that does not wait. */
  private interface Work<T> {
    T run();
  }

  private static <T> T guarded(String tried, Work<T> work) {
    try {
      return work.run();
    } catch (LayerCacheException e) {
      throw failure(tried, e);
    }
  }

  /** The store's own message says what to do; its first line says what the engine wanted. */
  static EngineException failure(String tried, LayerCacheException e) {
    ErrorCode code =
        switch (e.code().category()) {
          case USER -> ErrorCode.IMAGE_UNUSABLE;
          case RESOURCES -> ErrorCode.NO_SPACE;
          case ENVIRONMENT ->
              e.code() == LayerCacheException.Code.TREE_UNREACHABLE
                  ? ErrorCode.CANNOT_ISOLATE
                  : ErrorCode.HOME_UNUSABLE;
        };
    return new EngineException(code, "cannot %s: %s".formatted(tried, e.getMessage()), e);
  }
}
