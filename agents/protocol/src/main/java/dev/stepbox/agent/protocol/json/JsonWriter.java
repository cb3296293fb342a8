package dev.stepbox.agent.protocol.json;

import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON value, on one line, in the order of the calls. Not for use by several threads.
 *
 * <p>Absent values are left out by {@link #field(String, String)} and its siblings when null.
 */
public final class JsonWriter {

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final StringBuilder out;
  private boolean comma;

  public JsonWriter() {
    this(new StringBuilder(256));
  }

  /** Append to what is there already. */
  public JsonWriter(StringBuilder out) {
    this.out = out;
  }

  /** Begin an object as the value that stands here. */
  public JsonWriter beginObject() {
    return open('{');
  }

  /** End the innermost object. */
  public JsonWriter endObject() {
    return close('}');
  }

  /** Begin an array as the value that stands here. */
  public JsonWriter beginArray() {
    return open('[');
  }

  /** End the innermost array. */
  public JsonWriter endArray() {
    return close(']');
  }

  /** Write the name of a member; its value comes next. */
  public JsonWriter name(String name) {
    separate();
    quote(name);
    out.append(':');
    comma = false;
    return this;
  }

  /** Write a string as the value that stands here. */
  public JsonWriter value(String value) {
    separate();
    quote(value);
    comma = true;
    return this;
  }

  /** Write a whole number as the value that stands here. */
  public JsonWriter value(long value) {
    separate();
    out.append(value);
    comma = true;
    return this;
  }

  /** Write {@code true} or {@code false} as the value that stands here. */
  public JsonWriter value(boolean value) {
    separate();
    out.append(value);
    comma = true;
    return this;
  }

  /**
   * Write a number that is already in the form of JSON as the value that stands here.
   *
   * @throws IllegalArgumentException when it is not finite
   */
  public JsonWriter value(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("JSON has no number for %s".formatted(value));
    }
    separate();
    out.append(value);
    comma = true;
    return this;
  }

  /** Write {@code null} as the value that stands here. */
  public JsonWriter nullValue() {
    separate();
    out.append("null");
    comma = true;
    return this;
  }

  /** Write a member, unless the value is null. */
  public JsonWriter field(String name, @Nullable String value) {
    return value == null ? this : name(name).value(value);
  }

  /** Write a member, unless the value is null. */
  public JsonWriter field(String name, @Nullable Long value) {
    return value == null ? this : name(name).value(value.longValue());
  }

  /** Write a member, unless the value is null. */
  public JsonWriter field(String name, @Nullable Integer value) {
    return value == null ? this : name(name).value(value.longValue());
  }

  /** Write a member, unless the value is null. */
  public JsonWriter field(String name, @Nullable Double value) {
    return value == null ? this : name(name).value(value.doubleValue());
  }

  /** Write a member, unless the value is null. */
  public JsonWriter field(String name, @Nullable Boolean value) {
    return value == null ? this : name(name).value(value.booleanValue());
  }

  /** What was written so far. */
  @Override
  public String toString() {
    return out.toString();
  }

  private JsonWriter open(char bracket) {
    separate();
    out.append(bracket);
    comma = false;
    return this;
  }

  private JsonWriter close(char bracket) {
    out.append(bracket);
    comma = true;
    return this;
  }

  private void separate() {
    if (comma) {
      out.append(',');
    }
  }

  private void quote(String text) {
    out.append('"');
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && c < 0x7f) {
        out.append(c);
      } else {
        escape(text, i, c);
      }
    }
    out.append('"');
  }

  private void escape(String text, int at, char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029' || alone(text, at, c)) {
          out.append("\\u")
              .append(HEX[c >> 12])
              .append(HEX[(c >> 8) & 15])
              .append(HEX[(c >> 4) & 15])
              .append(HEX[c & 15]);
        } else {
          out.append(c);
        }
      }
    }
  }

  /** Half of a surrogate pair without its other half: no encoder could write it otherwise. */
  private static boolean alone(String text, int at, char c) {
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }
}
