package dev.stepbox.layercache;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Directories that steps keep between builds. Safe for use by several threads and processes. */
public interface CacheMounts {

  /**
   * The directory of a cache, made when it is new. Builds that use it at the same time share it.
   *
   * @param lease keeps it while a build runs
   * @param key names it; 1 to 2048 characters
   * @return relative to the store
   */
  Path use(Lease lease, String key) throws InterruptedException;

  /** All caches with what they take, the least recently used first. */
  List<CacheMount> all() throws InterruptedException;

  /**
   * A cache as the store has it.
   *
   * @param isInUse whether a live lease keeps it
   */
  record CacheMount(String key, TreeSize size, Instant lastUsed, boolean isInUse) {}
}
