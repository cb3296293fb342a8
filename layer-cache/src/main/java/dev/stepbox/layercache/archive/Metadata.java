package dev.stepbox.layercache.archive;

import java.util.Collections;
import java.util.SortedMap;

/**
 * What a file has beside its content.
 *
 * @param mode permissions with setuid, setgid and sticky bits
 */
record Metadata(
    int mode, int uid, int gid, long seconds, int nanos, SortedMap<String, String> rawXattrs) {
  /** For directories that an archive uses without saying anything of them. */
  static final Metadata IMPLIED = new Metadata(0755, 0, 0, 0, 0, Collections.emptySortedMap());

  private static final int SET_ID_BITS = 06000;

  boolean isOfRoot() {
    return uid == 0 && gid == 0;
  }

  /** Whether a change of owner would take bits of the mode away. */
  boolean hasSetIdBits() {
    return (mode & SET_ID_BITS) != 0;
  }
}
