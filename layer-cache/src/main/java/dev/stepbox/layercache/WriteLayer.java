package dev.stepbox.layercache;

import java.util.Optional;

/**
 * Takes what the steps of one stage write, in the workspace or in the root file system of one
 * image. Ends by {@link #capture} or {@link #discard}, or with the lease under which it was made.
 * Survives the death of this process: {@link LayerCache#writeLayer} finds it again. Not safe for
 * use by several threads.
 */
public interface WriteLayer {

  /** Names it for {@link LayerCache#writeLayer}; also the id of the layer it becomes. */
  LayerId.Unique id();

  /** What is mounted with it. */
  Purpose purpose();

  /**
   * Makes what was written an immutable layer, by one rename. Nothing may be mounted on it any
   * more.
   *
   * @return the new layer, held by the same lease; empty when nothing was written
   * @throws LayerCacheException {@code STORE_UNUSABLE}, {@code STORE_FULL}
   */
  Optional<LayerId> capture() throws InterruptedException;

  /** Forgets what was written. Does nothing when it is captured or discarded already. */
  void discard() throws InterruptedException;

  /** What a write layer is mounted on. */
  sealed interface Purpose {
    /** The workspace. */
    record Workspace() implements Purpose {}

    /**
     * A root file system.
     *
     * @param image its image
     */
    record Root(Digest image) implements Purpose {}
  }
}
