package dev.stepbox.layercache.archive;

import java.util.List;

/**
 * Where the stored bytes of a file lie in it.
 *
 * @param pairs offsets and lengths by turns, ascending and apart
 * @param size of the file with its holes
 */
record SparseMap(List<Long> pairs, long size) {
  SparseMap {
    pairs = List.copyOf(pairs);
    if (pairs.size() % 2 != 0) {
      throw TarHeader.corrupt("its sparse map is not in pairs");
    }
    long end = 0;
    for (int at = 0; at < pairs.size(); at += 2) {
      long offset = pairs.get(at);
      long length = pairs.get(at + 1);
      if (offset < end || length < 0 || offset > size || length > size - offset) {
        throw TarHeader.corrupt("its sparse map does not fit the file");
      }
      end = offset + length;
    }
  }

  /** A file without holes. */
  static SparseMap whole(long size) {
    return new SparseMap(size == 0 ? List.of() : List.of(0L, size), size);
  }

  /** How many bytes are stored. */
  long storedBytes() {
    long sum = 0;
    for (int at = 1; at < pairs.size(); at += 2) {
      sum += pairs.get(at);
    }
    return sum;
  }
}
