package dev.stepbox.isolation.host;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
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

  /** The largest range of a user, by name or by number. */
  static Optional<SubordinateIds> of(List<SubordinateIds> ranges, String name, long id) {
    return ranges.stream()
        .filter(range -> range.owner.equals(name) || range.owner.equals(Long.toString(id)))
        .filter(range -> range.count > 0)
        .max((left, right) -> Long.compare(left.count, right.count));
  }

  /** Whether two ranges have an id in common. */
  boolean overlaps(long otherFirst, long otherCount) {
    return first < otherFirst + otherCount && otherFirst < first + count;
  }
}
