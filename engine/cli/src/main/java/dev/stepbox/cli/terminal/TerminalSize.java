package dev.stepbox.cli.terminal;

/**
 * How large a terminal is.
 *
 * @param columns at least {@value #COLUMNS_MIN}
 * @param rows at least {@value #ROWS_MIN}
 */
public record TerminalSize(int columns, int rows) {

  /** What we assume where nothing is known. */
  public static final TerminalSize DEFAULT = new TerminalSize(80, 24);

  private static final int COLUMNS_MIN = 20;
  private static final int COLUMNS_MAX = 1000;
  private static final int ROWS_MIN = 4;
  private static final int ROWS_MAX = 1000;

  public TerminalSize {
    columns = Math.clamp(columns, COLUMNS_MIN, COLUMNS_MAX);
    rows = Math.clamp(rows, ROWS_MIN, ROWS_MAX);
  }
}
