package dev.stepbox.isolation.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cgroups that a process is in, parsed from the text of {@code /proc/self/cgroup}.
 *
 * @param entries one for each hierarchy
 */
record Membership(List<Entry> entries) {
  /**
   * One hierarchy.
   *
   * @param controllers none in the unified hierarchy of version 2
   * @param path the cgroup, from the root of the hierarchy
   */
  record Entry(List<String> controllers, String path) {}

  static Membership parse(String text) {
    List<Entry> entries = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && fields[2].startsWith("/")) {
        List<String> controllers =
            fields[1].isEmpty() ? List.of() : List.of(fields[1].split(",", -1));
        entries.add(new Entry(controllers, fields[2]));
      }
    }
    return new Membership(List.copyOf(entries));
  }

  /** The cgroup of version 2. */
  Optional<String> unified() {
    return entries.stream()
        .filter(entry -> entry.controllers().isEmpty())
        .map(Entry::path)
        .findFirst();
  }

  /** The cgroup of a controller of version 1. */
  Optional<String> of(String controller) {
    return entries.stream()
        .filter(entry -> entry.controllers().contains(controller))
        .map(Entry::path)
        .findFirst();
  }
}
