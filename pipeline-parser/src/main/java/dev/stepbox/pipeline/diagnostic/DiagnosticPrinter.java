package dev.stepbox.pipeline.diagnostic;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes diagnostics for people: message, place, the line with a mark below it, help, and the page
 * that explains the code. Plain text, or with the colours of a terminal.
 */
public final class DiagnosticPrinter {
  /** Columns of a source line that are shown; a longer line is cut around the mark. */
  private static final int WINDOW = 96;

  /** Columns that are kept before the mark when a line is cut. */
  private static final int LEAD = 32;

  private static final int GUTTER_MIN = 2;

  /** How a text is dressed. */
  public enum Dress {
    /** No escape sequences. */
    PLAIN,
    /** ANSI colours. */
    COLOURED
  }

  private final SourceLines lines;
  private final Dress dress;
  private final StringBuilder out = new StringBuilder();

  private DiagnosticPrinter(SourceLines lines, Dress dress) {
    this.lines = lines;
    this.dress = dress;
  }

  /** All diagnostics, with an empty line between two. */
  public static String print(SourceText source, List<Diagnostic> diagnostics, Dress dress) {
    String text = new String(source.bytes(), StandardCharsets.UTF_8);
    if (text.startsWith("\ufeff")) {
      text = text.substring(1);
    }
    DiagnosticPrinter printer = new DiagnosticPrinter(new SourceLines(text), dress);
    for (Diagnostic diagnostic : diagnostics) {
      if (!printer.out.isEmpty()) {
        printer.out.append('\n');
      }
      printer.print(diagnostic);
    }
    return printer.out.toString();
  }

  private void print(Diagnostic found) {
    Colour colour = colour(found.severity());
    String kind = found.severity().word() + "[" + found.code().id() + "]";
    out.append(paint(colour, kind)).append(paint(Colour.BOLD, ": " + found.message())).append('\n');
    int width = gutterWidth(found);
    out.append(" ".repeat(width)).append(paint(Colour.BLUE, "-->")).append(' ');
    out.append(found.range().position()).append('\n');
    gutter(width, "").append('\n');
    excerpt(width, found.range(), found.label(), colour);
    for (Diagnostic.Related related : found.related()) {
      if (related.range().startLine() != found.range().startLine() + 1) {
        gutter(width, "").append('\n');
      }
      excerpt(width, related.range(), related.label(), Colour.BLUE);
    }
    gutter(width, "").append('\n');
    if (found.hint() != null) {
      note(width, "help", found.hint());
    }
    note(width, "see", found.code().page());
  }

  private static int gutterWidth(Diagnostic found) {
    int last = found.range().startLine();
    for (Diagnostic.Related related : found.related()) {
      last = Math.max(last, related.range().startLine());
    }
    return Math.max(GUTTER_MIN, Integer.toString(last).length());
  }

  private StringBuilder gutter(int width, String number) {
    String padded = " ".repeat(width - number.length()) + number + " |";
    return out.append(paint(Colour.BLUE, padded));
  }

  private void note(int width, String word, String text) {
    String margin = " ".repeat(width + 1);
    boolean isFirst = true;
    for (String line : text.split("\n", -1)) {
      String lead = isFirst ? "= " + word + ": " : " ".repeat(word.length() + 4);
      out.append(margin).append(isFirst ? paint(Colour.BLUE, lead) : lead).append(line);
      out.append('\n');
      isFirst = false;
    }
  }

  private void excerpt(int width, SourceRange range, String label, Colour colour) {
    int[] line = lines.line(range.startLine()).codePoints().toArray();
    int from = Math.min(range.startColumn() - 1, line.length);
    int to = range.endLine() > range.startLine() ? line.length : range.endColumn() - 1;
    to = Math.clamp(to, from, line.length);
    int first = line.length > WINDOW && from > LEAD ? from - LEAD : 0;
    int last = Math.min(line.length, first + WINDOW);
    boolean isCutBefore = first > 0;
    boolean isCutAfter = last < line.length;

    StringBuilder shown = new StringBuilder(isCutBefore ? "…" : "");
    StringBuilder below = new StringBuilder(isCutBefore ? " " : "");
    for (int at = first; at < last; at++) {
      shown.appendCodePoint(line[at] == '\t' ? '\t' : Quotes.visible(line[at]));
      if (at < from) {
        below.append(line[at] == '\t' ? '\t' : ' ');
      }
    }
    String mark = "^".repeat(Math.max(1, Math.min(to, last) - from));
    gutter(width, Integer.toString(range.startLine())).append(spaced(shown.toString()));
    out.append(isCutAfter ? "…" : "").append('\n');
    String marked = label.isEmpty() ? mark : mark + " " + label;
    gutter(width, "").append(' ').append(below).append(paint(colour, marked)).append('\n');
  }

  private static String spaced(String text) {
    String line = text.stripTrailing();
    return line.isEmpty() ? "" : " " + line;
  }

  private String paint(Colour colour, String text) {
    return switch (dress) {
      case PLAIN -> text;
      case COLOURED -> colour.start + text + Colour.END;
    };
  }

  private static Colour colour(Severity severity) {
    return switch (severity) {
      case ERROR -> Colour.RED;
      case WARNING -> Colour.YELLOW;
    };
  }

  private enum Colour {
    RED("\033[1;31m"),
    YELLOW("\033[1;33m"),
    BLUE("\033[1;34m"),
    BOLD("\033[1m");

    private static final String END = "\033[0m";

    private final String start;

    Colour(String start) {
      this.start = start;
    }
  }
}
