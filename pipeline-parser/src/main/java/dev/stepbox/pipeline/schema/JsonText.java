package dev.stepbox.pipeline.schema;

import java.util.Collection;
import java.util.Map;

/** Writes maps, lists, texts, numbers and booleans as JSON, one value to a line. */
final class JsonText {
  private final StringBuilder out = new StringBuilder();

  String write(Object value) {
    append(value, "\n");
    return out.append('\n').toString();
  }

  private void append(Object value, String newLine) {
    switch (value) {
      case Map<?, ?> map -> {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator).append(newLine).append("  ");
          appendText(String.valueOf(entry.getKey()));
          out.append(": ");
          append(entry.getValue(), newLine + "  ");
          separator = ",";
        }
        out.append(map.isEmpty() ? "{}" : newLine + "}");
      }
      case Collection<?> list -> {
        String separator = "[";
        for (Object item : list) {
          out.append(separator).append(newLine).append("  ");
          append(item, newLine + "  ");
          separator = ",";
        }
        out.append(list.isEmpty() ? "[]" : newLine + "]");
      }
      case String text -> appendText(text);
      case Number number -> out.append(number);
      case Boolean truth -> out.append(truth);
      default -> throw new IllegalArgumentException("no JSON for " + value);
    }
  }

  private void appendText(String text) {
    out.append('"');
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      switch (character) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        default -> {
          if (character < ' ') {
            throw new IllegalArgumentException("a control character in: " + text);
          }
          out.append(character);
        }
      }
    }
    out.append('"');
  }
}
