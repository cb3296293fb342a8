package dev.stepbox.security;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of the table.
 *
 * @param number of the check
 * @param control how it is proven that the check can fail
 * @param note what explains a deviation; empty for none
 * @param runtimes what crun and runc made of it; empty when they were not asked
 */
record Row(
    int number,
    String attempt,
    String expected,
    Sight asRoot,
    Sight asOther,
    String control,
    String note,
    List<Sight> runtimes) {

  static final String HEADER =
      """
      | # | attempt | expected | seen as root | seen as another user | verdict | crun | runc |\
       can fail |
      | --- | --- | --- | --- | --- | --- | --- | --- | --- |
      """;

  private static final int CELLS = 10;
  private static final int RUNTIMES = 2;
  private static final int FIRST_RUNTIME = 7;

  Row {
    runtimes = List.copyOf(runtimes);
  }

  Row(
      int number,
      String attempt,
      String expected,
      Sight asRoot,
      Sight asOther,
      String control,
      String note) {
    this(number, attempt, expected, asRoot, asOther, control, note, List.of());
  }

  /** The same row with what the next runtime made of it. */
  Row with(Sight runtime) {
    List<Sight> more = new ArrayList<>(runtimes);
    more.add(runtime);
    return new Row(number, attempt, expected, asRoot, asOther, control, note, more);
  }

  /** Of our own sandbox; but what gets through a runtime and is not said to do so fails, too. */
  Verdict verdict() {
    boolean isThrough = runtimes.stream().anyMatch(sight -> sight.verdict() == Verdict.FAILED);
    return isThrough ? Verdict.FAILED : asRoot.verdict().worse(asOther.verdict());
  }

  /** Why it gets through a runtime; empty where it does not. */
  String theirs() {
    return runtimes.stream()
        .filter(sight -> sight.verdict() == Verdict.THEIRS)
        .map(Sight::text)
        .findFirst()
        .orElse("");
  }

  private String runtime(int index) {
    if (index >= runtimes.size()) {
      return Sight.NONE.text();
    }
    Sight sight = runtimes.get(index);
    return switch (sight.verdict()) {
      case NOT_APPLICABLE -> Sight.NONE.text();
      case HELD, THEIRS -> sight.verdict().toString();
      case DEVIATES -> "deviation";
      case FAILED -> sight.verdict() + ": " + sight.text();
    };
  }

  /** As a row of Markdown. */
  String markdown() {
    List<String> cells =
        List.of(
            Integer.toString(number),
            attempt,
            expected,
            asRoot.text(),
            asOther.text(),
            verdict().toString(),
            runtime(0),
            runtime(1),
            control.startsWith("none") ? "not shown" : control);
    return "| " + String.join(" | ", cells.stream().map(Row::cell).toList()) + " |\n";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace('\n', ' ').strip();
  }

  /**
   * Whether a page's row is this one. What was seen is recorded on one machine, and kernels differ
   * in it; the verdict must not.
   */
  boolean agreesWith(String line) {
    String[] cells = line.strip().split("(?<!\\\\)\\|");
    if (cells.length != CELLS
        || !cells[1].strip().equals(Integer.toString(number))
        || !cells[2].strip().equals(cell(attempt))
        || !cells[3].strip().equals(cell(expected))) {
      return false;
    }
    for (int i = 0; i < RUNTIMES; i++) {
      // A newer runtime may hold what the recorded one did not.
      String seen = runtime(i);
      if (!cells[FIRST_RUNTIME + i].strip().equals(cell(seen))
          && !seen.equals(Verdict.HELD.toString())) {
        return false;
      }
    }
    String recorded = cells[6].strip();
    // Where this machine has what the recording one lacked, the page need not say so.
    return recorded.equals(verdict().toString())
        || (verdict() == Verdict.HELD && recorded.equals(Verdict.NOT_APPLICABLE.toString()));
  }
}
