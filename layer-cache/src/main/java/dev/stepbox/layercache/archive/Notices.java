package dev.stepbox.layercache.archive;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts what is not taken over as it stands in an archive, with one example of each kind. */
public final class Notices {
  private static final int KINDS_MAX = 100;

  /** One kind of notice. */
  private static final class Tally {
    private final String example;
    private long count;

    Tally(String example) {
      this.example = example;
    }
  }

  private final Map<String, Tally> tallies = new LinkedHashMap<>();

  /**
   * Adds one.
   *
   * @param what a clause, for example {@code device left out}
   * @param example which one; only the first of its kind is kept
   */
  public void add(String what, String example) {
    if (tallies.size() < KINDS_MAX || tallies.containsKey(what)) {
      tallies.computeIfAbsent(what, _ -> new Tally(example)).count++;
    }
  }

  /** Adds all of another. */
  public void addAll(Notices others) {
    others.tallies.forEach((what, other) ->
        tallies.computeIfAbsent(what, _ -> new Tally(other.example)).count += other.count);
  }

  /** One line for each kind. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    tallies.forEach((what, tally) ->
        lines.add(
            tally.count == 1
                ? "%s: '%s'".formatted(what, tally.example)
                : "%s: %d times, first '%s'".formatted(what, tally.count, tally.example)));
    return lines;
  }
}
