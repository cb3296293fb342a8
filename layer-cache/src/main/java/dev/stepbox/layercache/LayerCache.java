package dev.stepbox.layercache;

import dev.stepbox.layercache.store.ReserveGate;
import dev.stepbox.layercache.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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

  /**
   * Opens the store in a directory, made if it is not there, and clears away what processes that
   * are gone have left.
   *
   * @param root on a file system with extended attributes of the user name space and, if containers
   *     are to write, none that is itself an overlay
   * @param port works on files of other ids; the store uses it from several threads
   * @throws LayerCacheException {@code STORE_READ_ONLY}, {@code STORE_FULL}, {@code STORE_VERSION}
   */
  static LayerCache open(Path root, Limits limits, IdMappedTree port, Surroundings surroundings)
      throws InterruptedException {
    Store store = Store.open(root, limits, port, surroundings, new ReserveGate(root));
    return new StoredLayerCache(store, Path.of("/")).recovered();
  }

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
   * Reads every layer as a whole and takes those that are damaged out of the store; what needs them
   * is told so when it is used, and an import brings them back. Layers made on this machine have
   * nothing to be compared with and are only looked for.
   *
   * @return the layers that were damaged
   */
  List<LayerId> verify() throws InterruptedException;

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
  RootPlan rootPlan(Image image, List<LayerId> rootLayers, @Nullable WriteLayer writes)
      throws InterruptedException;

  /**
   * Says what to mount for a workspace.
   *
   * @param layers bottom to top; may be empty
   * @param writes made for a workspace; null for a read-only view
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code LIMIT_EXCEEDED} for too many layers
   */
  OverlayPlan workspacePlan(List<LayerId> layers, @Nullable WriteLayer writes)
      throws InterruptedException;

  /**
   * Copies an entry of a workspace, with all below it, to files of this process's own user. Files
   * that are there are replaced; links are copied as links and never followed, pipes as pipes;
   * sockets and devices are left out.
   *
   * @param layers bottom to top; may be empty
   * @param target the name of the copy; for a directory, it may be there
   * @return how many files, links and pipes were copied; empty if there is nothing at the path
   * @throws LayerCacheException {@code LAYER_UNKNOWN}, {@code DESTINATION_UNUSABLE} with the
   *     failure as its cause
   */
  OptionalInt export(List<LayerId> layers, TreePath path, Path target) throws InterruptedException;

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
