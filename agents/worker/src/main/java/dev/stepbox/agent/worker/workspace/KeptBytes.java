package dev.stepbox.agent.worker.workspace;

import org.jspecify.annotations.Nullable;

/**
 * What the archives, stashes and unstashes of one stage have written to disk: they lie beside the
 * write layers, whose size the disk cap of a step watches. Not for use by several threads.
 */
public final class KeptBytes {
  /** What a file or link counts beside its bytes. */
  static final int ENTRY_BYTES = 4096;

  private final @Nullable Long max;
  private long taken;

  /**
   * Nothing is written yet.
   *
   * @param max null for no bound
   */
  public KeptBytes(@Nullable Long max) {
    this.max = max;
  }

  /** Whether some more bytes may be written; those that may not do not count. */
  boolean take(long bytes) {
    if (max != null && bytes > max - taken) {
      return false;
    }
    taken += bytes;
    return true;
  }

  /** Why no more may be written, for people. */
  public String excess() {
    return ("what the archives, stashes and unstashes of the stage write takes more than %d bytes,"
            + " its disk cap. Keep less, or raise 'disk' in its caps.")
        .formatted(max);
  }
}
