package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.layercache.Limits;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The records of extended headers (POSIX pax), with those of GNU tar for sparse files. */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";
  private static final String SPARSE = "GNU.sparse.";
  private static final int NUMBER_LENGTH_MAX = 40;

  private final Map<String, String> values = new HashMap<>();
  private final SortedMap<String, String> xattrs = new TreeMap<>();
  // Version 0.0 of sparse files repeats these two, one pair for each piece.
  private final List<Long> sparsePairs = new ArrayList<>();

  /** Adds the records of one extended header; later ones win, and an empty value removes. */
  void add(byte[] data, Limits limits) {
    int at = 0;
    while (at < data.length) {
      int space = at;
      int length = 0;
      while (space < data.length && data[space] >= '0' && data[space] <= '9') {
        length = Math.min(length * 10 + (data[space] - '0'), data.length + 1);
        space++;
      }
      int end = at + length;
      boolean isWhole =
          space > at
              && space < data.length
              && data[space] == ' '
              && end <= data.length
              && end > space + 1
              && data[end - 1] == '\n';
      if (!isWhole) {
        throw TarHeader.corrupt("its extended header is malformed");
      }
      add(new String(data, space + 1, end - space - 2, ISO_8859_1), limits);
      at = end;
    }
  }

  private void add(String record, Limits limits) {
    int equals = record.indexOf('=');
    if (equals <= 0) {
      throw TarHeader.corrupt("its extended header has a record without a name");
    }
    String key = record.substring(0, equals);
    String value = record.substring(equals + 1);
    if (key.startsWith(XATTR)) {
      xattrs.put(key.substring(XATTR.length()), value);
      if (xattrs.size() > limits.xattrsMax()) {
        throw TarReader.limit("extended attributes", "xattrsMax", limits.xattrsMax());
      }
    } else if (key.equals(SPARSE + "offset") || key.equals(SPARSE + "numbytes")) {
      boolean isOffset = key.endsWith("offset");
      if (isOffset != (sparsePairs.size() % 2 == 0)) {
        throw TarHeader.corrupt("its sparse map is not in pairs");
      }
      sparsePairs.add(number(key, value));
    } else if (value.isEmpty()) {
      values.remove(key);
    } else {
      values.put(key, value);
    }
  }

  /** What is said for all entries, with what is said for one over it. */
  static PaxRecords over(PaxRecords global, PaxRecords local) {
    if (global.isEmpty()) {
      return local;
    }
    PaxRecords both = new PaxRecords();
    both.values.putAll(global.values);
    both.values.putAll(local.values);
    both.xattrs.putAll(global.xattrs);
    both.xattrs.putAll(local.xattrs);
    both.sparsePairs.addAll(local.sparsePairs);
    return both;
  }

  boolean isEmpty() {
    return values.isEmpty() && xattrs.isEmpty() && sparsePairs.isEmpty();
  }

  SortedMap<String, String> xattrs() {
    return xattrs;
  }

  @Nullable String rawPath() {
    String sparseName = values.get(SPARSE + "name");
    return sparseName != null ? sparseName : values.get("path");
  }

  @Nullable String rawLink() {
    return values.get("linkpath");
  }

  /** A number that is not negative; {@code otherwise} where nothing is said. */
  long number(String key, long otherwise) {
    String value = values.get(key);
    return value == null ? otherwise : number(key, value);
  }

  /** Size of a sparse file with its holes; absent for other files. */
  @Nullable Long sparseSize() {
    String size = values.get(SPARSE + "realsize");
    size = size == null ? values.get(SPARSE + "size") : size;
    return size == null ? null : (Long) number(SPARSE + "size", size);
  }

  /** Whether the map of a sparse file stands before its content. */
  boolean hasSparseMapInContent() {
    return "1".equals(values.get(SPARSE + "major"));
  }

  /** Offsets and lengths by turns; empty where the map stands elsewhere. */
  List<Long> sparsePairs() {
    String map = values.get(SPARSE + "map");
    if (map == null) {
      return sparsePairs;
    }
    List<Long> pairs = new ArrayList<>();
    for (String number : map.split(",", -1)) {
      pairs.add(number(SPARSE + "map", number));
    }
    return pairs;
  }

  @Nullable BigDecimal modified() {
    String value = values.get("mtime");
    if (value == null) {
      return null;
    }
    try {
      if (value.length() > NUMBER_LENGTH_MAX
          || value.indexOf('e') >= 0
          || value.indexOf('E') >= 0) {
        throw new NumberFormatException(value);
      }
      return new BigDecimal(value).setScale(9, RoundingMode.FLOOR);
    } catch (NumberFormatException e) {
      throw TarHeader.corrupt("its record 'mtime' is no time");
    }
  }

  private static long number(String key, String value) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException ignored) {
      // Told below, with the name of the record.
    }
    throw TarHeader.corrupt("its record '%s' is no number".formatted(key));
  }
}
