package dev.stepbox.cli.terminal;

import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;

/** As much of a terminal as our screen uses; any other sequence fails the test. */
public final class FakeTerminal {
  private int columns;
  private final int rows;
  private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
  private int row;
  private int column;
  private int scrolled;
  private boolean cursorShown = true;

  /** An empty terminal. */
  public FakeTerminal(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Takes what a program writes. */
  public void write(String text) {
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      switch (point) {
        case '\n' -> lineFeed();
        case '\r' -> column = 0;
        case 0x1b -> at = sequence(text, at);
        default -> put(point);
      }
    }
  }

  /** The lines from the top to the last that holds something, without their colours. */
  public List<String> lines() {
    List<String> all =
        new ArrayList<>(lines.stream().map(line -> line.toString().stripTrailing()).toList());
    while (!all.isEmpty() && all.getLast().isEmpty()) {
      all.removeLast();
    }
    return all;
  }

  /** Whether the cursor can be seen. */
  public boolean cursorShown() {
    return cursorShown;
  }

  /** How many lines have left the screen at its top. */
  public int scrolled() {
    return scrolled;
  }

  /** Makes the terminal narrower and breaks the lines that do not fit, as most of them do. */
  public void reflow(int narrower) {
    columns = narrower;
    List<StringBuilder> broken = new ArrayList<>();
    int cursorRow = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (i == row) {
        cursorRow = broken.size();
      }
      String line = lines.get(i).toString();
      do {
        int end = Math.min(narrower, line.length());
        broken.add(new StringBuilder(line.substring(0, end)));
        line = line.substring(end);
      } while (!line.isEmpty());
    }
    lines.clear();
    lines.addAll(broken);
    row = cursorRow;
  }

  private void lineFeed() {
    column = 0;
    row++;
    if (row == lines.size()) {
      lines.add(new StringBuilder());
    }
    scrolled = Math.max(scrolled, lines.size() - rows);
  }

  private void put(int point) {
    int width = DisplayWidth.ofCodePoint(point);
    StringBuilder line = lines.get(row);
    if (DisplayWidth.of(line.substring(0, Math.min(column, line.length()))) + width > columns) {
      lineFeed();
      line = lines.get(row);
    }
    while (line.length() < column) {
      line.append(' ');
    }
    String character = Character.toString(point);
    line.replace(column, Math.min(line.length(), column + character.length()), character);
    column += character.length();
  }

  private int sequence(String text, int from) {
    int end = from + 1;
    while (text.charAt(end) < 0x40) {
      end++;
    }
    String body = text.substring(from, end + 1);
    switch (body) {
      case "[K" -> {
        StringBuilder line = lines.get(row);
        line.setLength(Math.min(column, line.length()));
      }
      case "[J" -> {
        lines.get(row).setLength(Math.min(column, lines.get(row).length()));
        lines.subList(row + 1, lines.size()).clear();
      }
      case "[?25l" -> cursorShown = false;
      case "[?25h" -> cursorShown = true;
      case "[?2026h", "[?2026l" -> {}
      default -> other(body);
    }
    return end + 1;
  }

  private void other(String body) {
    if (body.endsWith("A")) {
      row -= Integer.parseInt(body.substring(1, body.length() - 1));
    } else if (!body.endsWith("m")) {
      fail("the terminal does not know the sequence ESC %s", body);
    }
  }
}
