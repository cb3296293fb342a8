package dev.stepbox.pipeline.diagnostic;

import java.util.ArrayList;
import java.util.List;

/** The lines of a text, broken where YAML breaks them. */
final class SourceLines {
  private final List<String> lines = new ArrayList<>();

  SourceLines(String text) {
    int start = 0;
    for (int at = 0; at < text.length(); at++) {
      if (isBreak(text.charAt(at))) {
        lines.add(text.substring(start, at));
        if (text.startsWith("\r\n", at)) {
          at++;
        }
        start = at + 1;
      }
    }
    lines.add(text.substring(start));
  }

  private static boolean isBreak(char character) {
    return switch (character) {
      case '\n', '\r', '\u0085', '\u2028', '\u2029' -> true;
      default -> false;
    };
  }

  /** The line of that number, counted from 1; empty beyond the end. */
  String line(int number) {
    return number <= lines.size() ? lines.get(number - 1) : "";
  }
}
