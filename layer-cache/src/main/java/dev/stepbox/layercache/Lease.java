package dev.stepbox.layercache;

import java.time.Duration;

/**
 * Keeps what a build needs from being reclaimed, for a limited time. Written to disk, so that it
 * survives the death of this process: it ends by {@link #release}, or when its time is over and its
 * process is gone. Safe for use by several threads and processes.
 */
public interface Lease {

  /** Names the lease in the store. */
  String id();

  /** Who holds it, for people and for {@link Leases#find}. */
  String owner();

  /**
   * Holds a layer.
   *
   * @throws LayerCacheException {@code LAYER_UNKNOWN} when it is not in the store
   */
  void hold(LayerId layer);

  /**
   * Holds an image with its layers.
   *
   * @throws LayerCacheException {@code IMAGE_UNKNOWN}, {@code LAYER_UNKNOWN}
   */
  void hold(Image image);

  /**
   * Holds all layers of a snapshot and its image.
   *
   * @throws LayerCacheException {@code IMAGE_UNKNOWN}, {@code LAYER_UNKNOWN}
   */
  void hold(Snapshot snapshot);

  /** Lets the lease end this long from now, and not while {@code process} lives. */
  void renew(Duration length, ProcessHandle process);

  /** Ends it; the write layers made under it and not captured are gone. Idempotent. */
  void release() throws InterruptedException;
}
