package dev.stepbox.cli.render;

/**
 * The signs of the views.
 *
 * @param succeeded before what succeeded
 * @param failed before what failed
 * @param running before what runs
 * @param waiting before what has not begun
 * @param skipped before what was skipped
 * @param stopped before what was cancelled
 * @param gutter before output of a step
 * @param pointer between a stage and its output
 * @param bar one cell of a bar
 * @param criticalBar one cell of a bar on the critical path
 * @param ellipsis where something is left out
 */
record Glyphs(
    String succeeded,
    String failed,
    String running,
    String waiting,
    String skipped,
    String stopped,
    String gutter,
    String pointer,
    String bar,
    String criticalBar,
    String ellipsis) {

  static final Glyphs UNICODE = new Glyphs("✔", "✘", "●", "○", "∅", "■", "│", "▸", "━", "█", "…");

  static final Glyphs ASCII = new Glyphs("+", "x", "*", "-", "/", "!", "|", ">", "-", "#", "...");

  static Glyphs of(boolean unicode) {
    return unicode ? UNICODE : ASCII;
  }
}
