package dev.stepbox.layercache;

import dev.stepbox.layercache.image.ImageIndex;
import dev.stepbox.layercache.image.ImageStore;
import dev.stepbox.layercache.image.ManifestCheck;
import dev.stepbox.layercache.mount.CacheMountStore;
import dev.stepbox.layercache.overlay.BranchMerger;
import dev.stepbox.layercache.overlay.OverlayPlans;
import dev.stepbox.layercache.overlay.StackExport;
import dev.stepbox.layercache.overlay.WriteLayers;
import dev.stepbox.layercache.reclaim.Reclaimer;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.LeaseStore;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.StoreLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The parts of an open store, joined. */
final class StoredLayerCache implements LayerCache {
  private final Store store;
  private final LayerStore layers;
  private final LeaseStore leases;
  private final ImageStore images;
  private final CacheMountStore mounts;
  private final Reclaimer space;
  private final OverlayPlans plans;
  private final WriteLayers writes;
  private final BranchMerger merger;

  /**
   * Joins the parts.
   *
   * @param host the root directory of the host
   */
  StoredLayerCache(Store store, Path host) {
    this.store = store;
    ImageIndex index = new ImageIndex(store);
    layers = new LayerStore(store, new ManifestCheck(store.port()));
    leases = new LeaseStore(store, layers, index);
    images = new ImageStore(store, layers, index, leases, host);
    mounts = new CacheMountStore(store, leases);
    space = new Reclaimer(store, layers, index, leases, mounts);
    plans = new OverlayPlans(store.layout(), store.limits().layersMax());
    writes = new WriteLayers(store, layers, leases);
    merger = new BranchMerger(store, layers, writes);
  }

  StoredLayerCache recovered() throws InterruptedException {
    leases.recover();
    return this;
  }

  @Override
  public Path root() {
    return store.layout().root();
  }

  @Override
  public Images images() {
    return images;
  }

  @Override
  public Leases leases() {
    return leases;
  }

  @Override
  public CacheMounts cacheMounts() {
    return mounts;
  }

  @Override
  public Space space() {
    return space;
  }

  @Override
  public Layer layer(LayerId id) {
    return layers.get(id).layer();
  }

  @Override
  public List<LayerId> verify() throws InterruptedException {
    return layers.verifyAll();
  }

  @Override
  public WriteLayer newWriteLayer(Lease lease, WriteLayer.Purpose purpose)
      throws InterruptedException {
    return switch (purpose) {
      case WriteLayer.Purpose.Workspace() -> writes.forWorkspace(lease);
      case WriteLayer.Purpose.Root(Digest image) -> writes.forRoot(lease, images.byId(image));
    };
  }

  @Override
  public Optional<WriteLayer> writeLayer(LayerId.Unique id) {
    return writes.find(id);
  }

  @Override
  public SourceLayer newSourceLayer(Lease lease) {
    return writes.forSource(lease);
  }

  @Override
  public RootPlan rootPlan(Image image, List<LayerId> rootLayers, @Nullable WriteLayer writes)
      throws InterruptedException {
    requireAll(image.layers());
    requireAll(rootLayers);
    if (writes != null && !writes.purpose().equals(new WriteLayer.Purpose.Root(image.id()))) {
      throw new IllegalArgumentException(
          "write layer %s is not for image %s".formatted(writes.id(), image.id()));
    }
    return plans.root(image, rootLayers, directory(writes));
  }

  @Override
  public OverlayPlan workspacePlan(List<LayerId> stack, @Nullable WriteLayer writes)
      throws InterruptedException {
    requireAll(stack);
    if (writes != null && !(writes.purpose() instanceof WriteLayer.Purpose.Workspace)) {
      throw new IllegalArgumentException(
          "write layer %s is not for a workspace".formatted(writes.id()));
    }
    return plans.workspace(stack, directory(writes));
  }

  @Override
  public OptionalInt export(List<LayerId> stack, TreePath path, Path target)
      throws InterruptedException {
    requireAll(stack);
    List<Path> trees =
        stack.stream().map(id -> StoreLayout.tree(store.layout().layer(id))).toList();
    int count =
        new StackExport(trees, store.port(), store.pipes(), store.limits().listingBytesMax())
            .copy(path, target);
    return count < 0 ? OptionalInt.empty() : OptionalInt.of(count);
  }

  private void requireAll(List<LayerId> ids) throws InterruptedException {
    for (LayerId id : ids) {
      layers.require(id);
    }
  }

  private @Nullable Path directory(@Nullable WriteLayer writes) {
    return writes == null ? null : store.layout().write(writes.id());
  }

  @Override
  public MergeResult merge(Lease lease, List<LayerId> common, List<MergeResult.Branch> branches)
      throws InterruptedException {
    return merger.merge(lease, common, branches);
  }

  @Override
  public void makeDurable() throws InterruptedException {
    layers.makeDurable();
  }

  @Override
  public void close() {
    store.close();
  }
}
