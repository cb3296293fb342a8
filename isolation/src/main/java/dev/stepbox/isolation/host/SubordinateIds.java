package dev.stepbox.isolation.host;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A range of ids that a user may map into a user namespace, from {@code /etc/subuid} or {@code
 * /etc/subgid}.
 *
 * @param owner a name or a numeric id
 * @param first the first id
 * @param count how many follow each other
 */
record SubordinateIds(String owner, long first, long count) {
  private static final Pattern LINE = Pattern.compile("([^:]+):(\\d{1,10}):(\\d{1,10})");

  /** The lines of a file; those that are not understood are left out, as the kernel's tools do. */
  static List<SubordinateIds> parse(String text) {
    return text.lines()
        .map(String::strip)
        .map(LINE::matcher)
        .flatMap(line ->
            line.matches()
                ? Stream.of(
                    new SubordinateIds(
                        line.group(1),
                        Long.parseLong(line.group(2)),
                        Long.parseLong(line.group(3))))
                : Stream.empty())
        .toList();
  }

  /** The ids that exist in a user namespace, from the text of its {@code uid_map}. */
  static List<SubordinateIds> ofMap(String map) {
    return map.lines()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(fields -> fields.length == 3)
        .map(fields -> new SubordinateIds("", Long.parseLong(fields[0]), Long.parseLong(fields[2])))
        .toList();
  }

  /** In words for people, such as {@code 0, 1000-1999}. */
  static String ranges(List<SubordinateIds> ranges) {
    return ranges.stream()
        .map(range ->
            range.count == 1
                ? Long.toString(range.first)
                : range.first + "-" + (range.first + range.count - 1))
        .collect(Collectors.joining(", "));
  }

  /** The largest range of a user, by name or by number. */
  static Optional<SubordinateIds> of(List<SubordinateIds> ranges, String name, long id) {
    return ranges.stream()
        .filter(range -> range.owner.equals(name) || range.owner.equals(Long.toString(id)))
        .filter(range -> range.count > 0)
        // Comparator's own are serializable, and those no AOT cache keeps.
        .max((a, b) -> Long.compare(a.count, b.count));
  }

  /**
   * What of the ranges exists in a namespace: no helper can map another id.
   *
   * @param map of the namespace that this process is in; blank where it cannot be read
   */
  static List<SubordinateIds> within(List<SubordinateIds> ranges, String map) {
    if (map.isBlank()) {
      return ranges;
    }
    return ranges.stream()
        .flatMap(range -> ofMap(map).stream().flatMap(there -> range.common(there).stream()))
        .toList();
  }

  private Optional<SubordinateIds> common(SubordinateIds other) {
    long from = Math.max(first, other.first);
    long to = Math.min(first + count, other.first + other.count);
    return from < to ? Optional.of(new SubordinateIds(owner, from, to - from)) : Optional.empty();
  }

  /** Whether two ranges have an id in common. */
  boolean overlaps(long otherFirst, long otherCount) {
    return first < otherFirst + otherCount && otherFirst < first + count;
  }
}
