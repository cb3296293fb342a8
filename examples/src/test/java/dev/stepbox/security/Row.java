package dev.stepbox.security;

import java.util.List;

/**
 * One line of the table.
 *
 * @param number of the check
 * @param control how it is proven that the check can fail
 * @param note what explains a deviation; empty for none
 */
record Row(
    int number,
    String attempt,
    String expected,
    Sight asRoot,
    Sight asOther,
    String control,
    String note) {

  static final String HEADER =
      """
      | # | attempt | expected | seen as root | seen as another user | verdict | can fail |
      | --- | --- | --- | --- | --- | --- | --- |
      """;

  private static final int CELLS = 8;

  Verdict verdict() {
    return asRoot.verdict().worse(asOther.verdict());
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
    String recorded = cells[6].strip();
    // Where this machine has what the recording one lacked, the page need not say so.
    return recorded.equals(verdict().toString())
        || (verdict() == Verdict.HELD && recorded.equals(Verdict.NOT_APPLICABLE.toString()));
  }
}
