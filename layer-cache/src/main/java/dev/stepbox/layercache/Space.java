package dev.stepbox.layercache;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What the store takes on disk, and how it gives it back. Never touches what is held. */
public interface Space {

  /** Counts what the store takes. */
  Usage usage() throws InterruptedException;

  /**
   * Removes what is not held, the least recently used first, until the policy is met.
   *
   * @throws LayerCacheException {@code STORE_READ_ONLY}, {@code STORE_UNUSABLE}
   */
  Pruned prune(Policy policy) throws InterruptedException;

  /**
   * Makes room before a build starts: reclaims until the store is below its quota and the file
   * system above its reserve, which is at most a twentieth of its size. Counts anew only when the
   * last count is old or was near the quota.
   *
   * @throws LayerCacheException {@code STORE_FULL} when less than the reserve is free and
   *     everything left is held
   */
  Pruned admit() throws InterruptedException;

  /** What the store holds. */
  enum Category {
    /** Layers of images that have a name. */
    IMAGES,
    /** Layers of images without a name. */
    UNNAMED_IMAGES,
    /** What stages wrote, sources and merges. */
    SNAPSHOTS,
    /** Cache mounts. */
    CACHE_MOUNTS,
    /** Write layers of running stages. */
    RUNNING
  }

  /**
   * What one category takes.
   *
   * @param count of images as many as names, and images, layers or caches of the other categories
   * @param reclaimableBytes what {@link Policy#unused()} removes: nothing that is named or held
   */
  record Share(int count, long bytes, long reclaimableBytes) {}

  /**
   * What the store takes.
   *
   * @param shares for every category
   * @param quotaBytes most that the store should take
   * @param freeBytes left on the file system
   */
  record Usage(Map<Category, Share> shares, long quotaBytes, long freeBytes) {
    public Usage {
      shares = Map.copyOf(shares);
    }

    public long bytes() {
      return shares.values().stream().mapToLong(Share::bytes).sum();
    }
  }

  /**
   * What to remove.
   *
   * @param categories where; {@code RUNNING} is never removed
   * @param keepBytes stop when the store takes no more than this
   * @param unusedFor leave alone what was used within this time
   */
  record Policy(List<Category> categories, long keepBytes, Duration unusedFor) {
    public Policy {
      categories = List.copyOf(categories);
    }

    /** Everything that can be made again: not images that a user named. */
    public static Policy unused() {
      return new Policy(
          List.of(Category.UNNAMED_IMAGES, Category.SNAPSHOTS, Category.CACHE_MOUNTS),
          0,
          Duration.ZERO);
    }

    /** Everything that is not held. */
    public static Policy everything() {
      return new Policy(List.of(Category.values()), 0, Duration.ZERO);
    }
  }

  /** What was removed. */
  record Pruned(List<String> removed, long bytes) {
    public Pruned {
      removed = List.copyOf(removed);
    }
  }
}
