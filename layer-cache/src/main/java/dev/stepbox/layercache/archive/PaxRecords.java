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

  private final @Nullable PaxRecords global;
  private final Map<String, String> values = new HashMap<>();
  private final SortedMap<String, String> xattrs = new TreeMap<>();
  // Version 0.0 of sparse files repeats these two, one pair for each piece.
  private final List<Long> sparsePairs = new ArrayList<>();

  /**
   * No records yet.
   *
   * @param global what is said for all entries, where these say nothing; not copied
   */
  PaxRecords(@Nullable PaxRecords global) {
    this.global = global;
  }

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

  /** Whether these say nothing of their own. */
  boolean isEmpty() {
    return values.isEmpty() && xattrs.isEmpty() && sparsePairs.isEmpty();
  }

  SortedMap<String, String> xattrs() {
    if (global == null || global.xattrs.isEmpty()) {
      return xattrs;
    }
    SortedMap<String, String> both = new TreeMap<>(global.xattrs);
    both.putAll(xattrs);
    return both;
  }

  private @Nullable String value(String key) {
    String value = values.get(key);
    return value == null && global != null ? global.values.get(key) : value;
  }

  @Nullable String rawPath() {
    String sparseName = value(SPARSE + "name");
    return sparseName != null ? sparseName : value("path");
  }

  @Nullable String rawLink() {
    return value("linkpath");
  }

  /** A number that is not negative; {@code otherwise} where nothing is said. */
  long number(String key, long otherwise) {
    String value = value(key);
    return value == null ? otherwise : number(key, value);
  }

  /** Size of a sparse file with its holes; absent for other files. */
  @Nullable Long sparseSize() {
    String size = value(SPARSE + "realsize");
    size = size == null ? value(SPARSE + "size") : size;
    return size == null ? null : (Long) number(SPARSE + "size", size);
  }

  /** Whether the map of a sparse file stands before its content. */
  boolean hasSparseMapInContent() {
    return "1".equals(value(SPARSE + "major"));
  }

  /** Offsets and lengths by turns; empty where the map stands elsewhere. */
  List<Long> sparsePairs() {
    String map = value(SPARSE + "map");
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
    String value = value("mtime");
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
