package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeEntry;
import java.util.Map;

/**
 * Counts what listed entries take in memory: a file may have any number of names, each as long as a
 * path can be, and takes no space on disk for them. Not for use by several threads.
 */
final class HeldEntries {
  /** What an entry takes beside its texts, about. */
  static final int ENTRY_BYTES = 256;

  private final long bytesMax;
  private long bytes;

  HeldEntries(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Counts one more.
   *
   * @param tried what the entries are for, for people
   * @throws LayerCacheException {@link Code#LIMIT_EXCEEDED}
   */
  void add(TreeEntry entry, String tried) {
    bytes += bytes(entry);
    if (bytes > bytesMax) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          ("cannot %s: the list of its files takes more than %d bytes (limit listingBytesMax)."
                  + " Have fewer files, or shorter paths.")
              .formatted(tried, bytesMax));
    }
  }

  /** An entry is held no more. */
  void remove(TreeEntry entry) {
    bytes -= bytes(entry);
  }

  private static long bytes(TreeEntry entry) {
    long attributes = 0;
    for (Map.Entry<String, String> each : entry.rawXattrs().entrySet()) {
      attributes += each.getKey().length() + each.getValue().length();
    }
    return ENTRY_BYTES + entry.path().raw().length() + entry.rawLink().length() + attributes;
  }
}
