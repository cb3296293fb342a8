package dev.stepbox.agent.protocol.codec;

import java.util.List;
import java.util.Map;

/** Maps, lists, strings, longs and booleans as JSON on one line. */
final class JsonWriter {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final StringBuilder out = new StringBuilder(256);

  private JsonWriter() {}

  static String write(Object value) {
    var writer = new JsonWriter();
    writer.value(value);
    return writer.out.toString();
  }

  private void value(Object value) {
    switch (value) {
      case Map<?, ?> map -> object(map);
      case List<?> list -> array(list);
      case String text -> string(text);
      case Long _, Boolean _ -> out.append(value);
      default -> throw new IllegalStateException("no JSON form of a " + value.getClass());
    }
  }

  private void object(Map<?, ?> map) {
    char before = '{';
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(before);
      string((String) entry.getKey());
      out.append(':');
      value(entry.getValue());
      before = ',';
    }
    out.append(before == '{' ? "{}" : "}");
  }

  private void array(List<?> list) {
    char before = '[';
    for (Object item : list) {
      out.append(before);
      value(item);
      before = ',';
    }
    out.append(before == '[' ? "[]" : "]");
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || isLoneSurrogate(text, i)) {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(HEX[(c >> shift) & 0xf]);
        }
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  /** UTF-8 has no form of half a pair, so it travels as an escape. */
  private static boolean isLoneSurrogate(String text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }
}
