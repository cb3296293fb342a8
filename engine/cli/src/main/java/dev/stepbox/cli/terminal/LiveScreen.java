package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * A block of lines at the end of the terminal that is redrawn in place, below lines that stay.
 *
 * <p>Each change is one write, marked as one update for terminals that know such marks, and only
 * lines that differ are written: nothing flickers. Between two writes the cursor stands below the
 * block, so what a user types, or an echoed {@code ^C}, is wiped by the next one. Every line is cut
 * to the width, so that none wraps.
 *
 * <p>Not thread-safe. A terminal that has gone away is noticed and no longer written to.
 */
public final class LiveScreen implements AutoCloseable {

  private static final String BEGIN_UPDATE = "\u001b[?2026h";
  private static final String END_UPDATE = "\u001b[?2026l";
  private static final String HIDE_CURSOR = "\u001b[?25l";
  private static final String SHOW_CURSOR = "\u001b[?25h";
  private static final String WIPE_LINE_END = "\u001b[K";
  private static final String WIPE_BELOW = "\u001b[J";

  private final OutputStream out;
  private List<String> shown = List.of();
  private TerminalSize size = TerminalSize.DEFAULT;
  private boolean cursorHidden;
  private boolean gone;

  /** Makes a screen that writes to a terminal; the stream is not closed. */
  public LiveScreen(OutputStream out) {
    this.out = out;
  }

  /** Takes the terminal's size; the next redraw obeys it. */
  public void resize(TerminalSize newSize) {
    this.size = newSize;
  }

  /** The size that is in force. */
  public TerminalSize size() {
    return size;
  }

  /** Whether the terminal has gone away. */
  public boolean gone() {
    return gone;
  }

  /**
   * Writes lines that stay, and the block anew below them.
   *
   * @param permanent lines that stay, oldest first; wrapped by the terminal if they are too wide
   * @param block the lines of the block; the last ones are dropped where the screen is too small
   */
  public void update(List<String> permanent, List<String> block) {
    List<String> fitted = fit(block);
    if (permanent.isEmpty() && fitted.equals(shown) && cursorHidden) {
      return;
    }
    StringBuilder text = new StringBuilder(256).append(BEGIN_UPDATE);
    if (!cursorHidden) {
      text.append(HIDE_CURSOR);
      cursorHidden = true;
    }
    toFirstLine(text);
    for (String line : permanent) {
      text.append(Legible.of(line)).append(WIPE_LINE_END).append('\n');
    }
    boolean inPlace = permanent.isEmpty();
    for (int i = 0; i < fitted.size(); i++) {
      String line = fitted.get(i);
      if (!inPlace || i >= shown.size() || !line.equals(shown.get(i))) {
        text.append(line).append(WIPE_LINE_END);
      }
      text.append('\n');
    }
    text.append(WIPE_BELOW).append(END_UPDATE);
    shown = fitted;
    write(text.toString());
  }

  /** Takes the block away and shows the cursor, before the process stops or another one writes. */
  public void suspend() {
    StringBuilder text = new StringBuilder();
    toFirstLine(text);
    text.append(WIPE_BELOW).append(SHOW_CURSOR);
    shown = List.of();
    cursorHidden = false;
    write(text.toString());
  }

  /** Takes the block away and gives the cursor back. Idempotent. */
  @Override
  public void close() {
    if (cursorHidden || !shown.isEmpty()) {
      suspend();
    }
  }

  private List<String> fit(List<String> block) {
    return block.stream()
        .limit(size.rows() - 1L)
        .map(line -> DisplayWidth.fit(Legible.of(line), size.columns() - 1))
        .toList();
  }

  /**
   * Moves to the first line of the block. A terminal that became narrower has broken our lines in
   * two, so the rows are counted with the width of today.
   */
  private void toFirstLine(StringBuilder text) {
    int rows = 0;
    for (String line : shown) {
      rows += Math.max(1, Math.ceilDiv(DisplayWidth.of(line), size.columns()));
    }
    rows = Math.min(rows, size.rows() - 1);
    text.append('\r');
    if (rows > 0) {
      text.append("\u001b[").append(rows).append('A');
    }
  }

  private void write(String text) {
    if (gone) {
      return;
    }
    try {
      out.write(text.getBytes(UTF_8));
      out.flush();
    } catch (IOException ignored) {
      // The terminal was closed. The build goes on, and its journal and logs hold everything.
      gone = true;
    }
  }
}
