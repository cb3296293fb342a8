package dev.stepbox.isolation.host;

import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.IdMap.Line;
import dev.stepbox.isolation.plan.IdMap.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the ids of a build's user namespace. A pure function of what was read.
 *
 * <p>Id 0 of the namespace is the user who started the engine, and ids from 1 are a subordinate
 * range, which steps have for themselves: their id 0 is the first of it, so that the user's own
 * files are none of theirs. For real root it is different: real id 0 is never mapped, everything
 * comes from a range, and steps have all of it. Where there is one id, it is the steps', too.
 */
public final class IdMaps {
  /** How many ids an image may use. */
  static final int IDS = 65_536;

  /**
   * The range for builds started by root when {@code /etc/subuid} gives root none: above the ranges
   * that login tools and service managers hand out, below where signed numbers end.
   */
  static final long ROOT_FIRST = 1_900_000_000;

  /** The first id of the namespace that is not the user's own. */
  private static final int AFTER_OWN = 1;

  private IdMaps() {}

  /**
   * What was read.
   *
   * @param uid of this process
   * @param gid of this process
   * @param userName of this process
   * @param uidMap text of {@code /proc/self/uid_map}
   * @param gidMap text of {@code /proc/self/gid_map}
   * @param subuid text of {@code /etc/subuid}
   * @param subgid text of {@code /etc/subgid}
   * @param hasHelpers whether {@code newuidmap} and {@code newgidmap} are installed
   */
  public record Facts(
      long uid,
      long gid,
      String userName,
      String uidMap,
      String gidMap,
      String subuid,
      String subgid,
      boolean hasHelpers) {}

  /** The best map that can be had: several ids where possible. */
  public static IdMap choose(Facts facts) {
    if (facts.uid() == 0) {
      return isInitial(facts.uidMap()) ? realRoot(facts) : nestedRoot(facts);
    }
    Optional<SubordinateIds> users = range(facts, facts.subuid(), facts.uidMap());
    Optional<SubordinateIds> groups = range(facts, facts.subgid(), facts.gidMap());
    if (!facts.hasHelpers() || users.isEmpty() || groups.isEmpty()) {
      return new IdMap(
          Writer.SINGLE,
          List.of(new Line(0, facts.uid(), 1)),
          List.of(new Line(0, facts.gid(), 1)),
          0);
    }
    return new IdMap(
        Writer.NEWUIDMAP,
        withOwn(facts.uid(), users.get()),
        withOwn(facts.gid(), groups.get()),
        AFTER_OWN);
  }

  /** In a namespace of somebody else's, only those ids that it has. */
  private static Optional<SubordinateIds> range(Facts facts, String given, String outerMap) {
    return SubordinateIds.of(
        SubordinateIds.within(SubordinateIds.parse(given), outerMap),
        facts.userName(),
        facts.uid());
  }

  private static List<Line> withOwn(long own, SubordinateIds range) {
    int count = (int) Math.min(range.count(), IDS);
    return List.of(new Line(0, own, 1), new Line(AFTER_OWN, range.first(), count));
  }

  private static IdMap realRoot(Facts facts) {
    return new IdMap(
        Writer.DIRECT,
        List.of(rangeForRoot(SubordinateIds.parse(facts.subuid()))),
        List.of(rangeForRoot(SubordinateIds.parse(facts.subgid()))),
        0);
  }

  private static Line rangeForRoot(List<SubordinateIds> ranges) {
    Optional<SubordinateIds> given = SubordinateIds.of(ranges, "root", 0);
    if (given.isPresent()) {
      return new Line(0, given.get().first(), (int) Math.min(given.get().count(), IDS));
    }
    long first = ROOT_FIRST;
    while (isTaken(ranges, first)) {
      first += IDS;
    }
    return new Line(0, first, IDS);
  }

  private static boolean isTaken(List<SubordinateIds> ranges, long first) {
    return ranges.stream().anyMatch(range -> range.overlaps(first, IDS));
  }

  /** Root of an outer user namespace: an ordinary user outside, so its id 0 is as any user's. */
  private static IdMap nestedRoot(Facts facts) {
    List<Line> users = sameIds(facts.uidMap());
    List<Line> groups = sameIds(facts.gidMap());
    boolean hasOthers = has(users, AFTER_OWN) && has(groups, AFTER_OWN);
    return new IdMap(Writer.DIRECT, users, groups, hasOthers ? AFTER_OWN : 0);
  }

  private static boolean has(List<Line> lines, int id) {
    return lines.stream()
        .anyMatch(line -> id >= line.inside() && id - line.inside() < line.count());
  }

  private static List<Line> sameIds(String outerMap) {
    List<Line> lines = new ArrayList<>();
    for (String line : outerMap.lines().toList()) {
      String[] numbers = line.strip().split("\\s+", -1);
      if (numbers.length == 3) {
        long first = Long.parseLong(numbers[0]);
        long count = Math.min(Long.parseLong(numbers[2]), IDS - first);
        if (count > 0) {
          lines.add(new Line((int) first, first, (int) count));
        }
      }
    }
    return lines;
  }

  /** Whether this process is root of the machine, and not of a user namespace. */
  public static boolean isRealRoot(Facts facts) {
    return facts.uid() == 0 && isInitial(facts.uidMap()) && isInitial(facts.gidMap());
  }

  /** Whether this process is in the user namespace that the machine started with. */
  static boolean isInitial(String uidMap) {
    String[] numbers = uidMap.strip().split("\\s+", -1);
    return numbers.length == 3
        && numbers[0].equals("0")
        && numbers[1].equals("0")
        && numbers[2].equals("4294967295");
  }
}
