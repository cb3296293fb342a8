package dev.stepbox.isolation.plan;

import java.util.List;

/**
 * Which ids outside stand for the ids inside a build's user namespace.
 *
 * @param writer who tells the kernel
 * @param users lines of the user id map
 * @param groups lines of the group id map
 * @param stepZero which id of the namespace is id 0 of steps; those below it are the supervisor's
 *     alone. Everywhere else, an id is one of steps
 */
public record IdMap(Writer writer, List<Line> users, List<Line> groups, int stepZero) {

  /** Who writes the maps. */
  public enum Writer {
    /** The setuid programs {@code newuidmap} and {@code newgidmap}. */
    NEWUIDMAP("newuidmap"),
    /** The launcher, which is started with the privilege to do so. */
    DIRECT("direct"),
    /** The launcher without privilege: one id only. */
    SINGLE("single");

    private final String option;

    Writer(String option) {
      this.option = option;
    }

    /** As the launcher's command line has it. */
    String option() {
      return option;
    }
  }

  /**
   * A run of ids.
   *
   * @param inside the first id inside
   * @param outside what it is outside
   * @param count how many follow each other
   */
  public record Line(int inside, long outside, int count) {
    /** As the launcher's command line has it. */
    String option() {
      return inside + ":" + outside + ":" + count;
    }
  }

  public IdMap {
    users = List.copyOf(users);
    groups = List.copyOf(groups);
  }

  /** How many user ids steps have, from 0. */
  public int ids() {
    return users.stream().mapToInt(Line::count).sum() - stepZero;
  }

  /** What user id 0 of the supervisor is outside. */
  public long outsideOfZero() {
    return outsideOfZero(users);
  }

  /** What group id 0 of the supervisor is outside. */
  public long outsideOfGroupZero() {
    return outsideOfZero(groups);
  }

  private static long outsideOfZero(List<Line> lines) {
    return lines.stream()
        .filter(line -> line.inside() == 0)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("id 0 is not mapped: " + lines))
        .outside();
  }
}
