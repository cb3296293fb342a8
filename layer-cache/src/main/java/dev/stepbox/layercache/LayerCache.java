package dev.stepbox.layercache;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store of images, layers and cache mounts in one directory. Several processes may use it at the
 * same time; every method is safe for several threads. What a crash leaves behind is removed when
 * the store is opened the next time.
 *
 * <p>Failures are {@link LayerCacheException}s. Beyond those named at each method, any can be
 * {@code STORE_UNUSABLE}.
 */
public interface LayerCache extends AutoCloseable {

  /** The directory of the store, absolute. Paths of plans are relative to it. */
  Path root();

  Images images();

  Leases leases();

  CacheMounts cacheMounts();

  Space space();

  /**
   * A layer of the store.
   *
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code STORE_CORRUPT}
   */
  Layer layer(LayerId id);

  /**
   * Makes a place for what a stage will write, with the lease's life.
   *
   * @throws LayerCacheException {@code STORE_FULL}, {@code STORE_READ_ONLY}, {@code IMAGE_UNKNOWN}
   */
  WriteLayer newWriteLayer(Lease lease, WriteLayer.Purpose purpose) throws InterruptedException;

  /** A write layer that is neither captured nor discarded, after a restart of this process. */
  Optional<WriteLayer> writeLayer(LayerId.Unique id);

  /**
   * Makes a directory to fill with a source tree.
   *
   * @throws LayerCacheException {@code STORE_FULL}, {@code STORE_READ_ONLY}
   */
  SourceLayer newSourceLayer(Lease lease);

  /**
   * Says what to mount for a root file system.
   *
   * @param rootLayers over the image, bottom to top
   * @param writes made for this image; null for a read-only view
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code LIMIT_EXCEEDED} for too many layers
   */
  RootPlan rootPlan(Image image, List<LayerId> rootLayers, @Nullable WriteLayer writes);

  /**
   * Says what to mount for a workspace.
   *
   * @param layers bottom to top; may be empty
   * @param writes made for a workspace; null for a read-only view
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code LIMIT_EXCEEDED} for too many layers
   */
  OverlayPlan workspacePlan(List<LayerId> layers, @Nullable WriteLayer writes);

  /**
   * Puts the layers of parallel stages together. A path that several branches changed to different
   * content, kind, mode, owner or extended attributes is a conflict; times do not matter.
   *
   * @param lease holds what has to be added
   * @param common what all branches started from, bottom to top
   */
  MergeResult merge(Lease lease, List<LayerId> common, List<MergeResult.Branch> branches)
      throws InterruptedException;

  /**
   * Returns when all layers made until now survive a power cut; called when a build ends. A layer
   * that was not safe when the machine stopped is checked or forgotten, never used as it is.
   */
  void makeDurable() throws InterruptedException;

  /** Lets go of the store. What is leased or pinned stays so. */
  @Override
  void close();
}
