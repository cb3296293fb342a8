package dev.stepbox.agent.protocol.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object from a text: RFC 8259, no comments, duplicate names refused, depth and
 * length limited.
 */
public final class JsonReader {

  /** Deepest nesting that is read. */
  public static final int DEPTH_MAX = 32;

  /** Longest text that is read, in characters. */
  public static final int LENGTH_MAX = 16 * 1024 * 1024;

  private final String text;
  private int at;
  private int depth;

  private JsonReader(String text) {
    this.text = text;
  }

  /**
   * Read the object that the whole text is.
   *
   * @throws JsonException with the position when it is not one, or a limit is passed
   */
  public static JsonObject read(String text) {
    if (text.length() > LENGTH_MAX) {
      throw new JsonException(
          "JSON of %d characters; the limit is %d".formatted(text.length(), LENGTH_MAX));
    }
    var reader = new JsonReader(text);
    reader.space();
    JsonObject object = reader.object();
    reader.space();
    if (reader.at < text.length()) {
      throw reader.wrong("nothing after the object");
    }
    return object;
  }

  private @Nullable Object value() {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private JsonObject object() {
    enter('{');
    SequencedMap<String, @Nullable Object> members = new LinkedHashMap<>();
    if (!ends('}')) {
      do {
        space();
        String name = string();
        space();
        expect(':');
        space();
        if (members.containsKey(name)) {
          throw wrong("each name once");
        }
        members.put(name, value());
        space();
      } while (more('}'));
    }
    depth--;
    return new JsonObject(members);
  }

  private List<@Nullable Object> array() {
    enter('[');
    List<@Nullable Object> values = new ArrayList<>();
    if (!ends(']')) {
      do {
        space();
        values.add(value());
        space();
      } while (more(']'));
    }
    depth--;
    return values;
  }

  private String string() {
    expect('"');
    int start = at;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        return text.substring(start, at++);
      }
      if (c == '\\' || c < ' ') {
        return escapedString(start);
      }
      at++;
    }
    throw wrong("the end of a text");
  }

  private String escapedString(int start) {
    var out = new StringBuilder().append(text, start, at);
    while (true) {
      char c = next();
      if (c == '"') {
        return out.toString();
      }
      if (c < ' ') {
        at--;
        throw wrong("no bare control character in a text");
      }
      out.append(c == '\\' ? escape() : c);
    }
  }

  private char escape() {
    char c = next();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = Character.digit(next(), 16);
          if (digit < 0) {
            throw wrong("four hexadecimal digits");
          }
          code = code * 16 + digit;
        }
        yield (char) code;
      }
      default -> throw wrong("an escape that JSON knows");
    };
  }

  private Object number() {
    int start = at;
    take('-');
    boolean wellFormed = take('0') || digits();
    boolean whole = true;
    if (take('.')) {
      whole = false;
      wellFormed &= digits();
    }
    if (take('e') || take('E')) {
      whole = false;
      if (!take('+')) {
        take('-');
      }
      wellFormed &= digits();
    }
    String number = text.substring(start, at);
    if (!wellFormed) {
      at = start;
      throw wrong("a value");
    }
    return whole ? (Object) wholeNumber(number, start) : (Object) fraction(number, start);
  }

  private Long wholeNumber(String number, int start) {
    try {
      return Long.valueOf(number);
    } catch (NumberFormatException _) {
      at = start;
      throw wrong("a number of at most 64 bits");
    }
  }

  private Double fraction(String number, int start) {
    Double value = Double.valueOf(number);
    if (value.isInfinite()) {
      at = start;
      throw wrong("a number of at most 64 bits");
    }
    return value;
  }

  private boolean digits() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at > start;
  }

  private boolean take(char wanted) {
    if (at < text.length() && text.charAt(at) == wanted) {
      at++;
      return true;
    }
    return false;
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong("a value");
    }
    at += word.length();
    return value;
  }

  private void enter(char bracket) {
    expect(bracket);
    if (++depth > DEPTH_MAX) {
      throw wrong("at most %d levels".formatted(DEPTH_MAX));
    }
    space();
  }

  private boolean ends(char bracket) {
    if (peek() != bracket) {
      return false;
    }
    at++;
    return true;
  }

  private boolean more(char bracket) {
    char c = next();
    if (c == ',') {
      return true;
    }
    if (c == bracket) {
      return false;
    }
    at--;
    throw wrong("',' or '%c'".formatted(bracket));
  }

  private void expect(char wanted) {
    if (at >= text.length() || text.charAt(at) != wanted) {
      throw wrong("'%c'".formatted(wanted));
    }
    at++;
  }

  private char peek() {
    if (at >= text.length()) {
      throw wrong("more");
    }
    return text.charAt(at);
  }

  private char next() {
    char c = peek();
    at++;
    return c;
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private JsonException wrong(String wanted) {
    return new JsonException("JSON at character %d: expected %s".formatted(at + 1, wanted));
  }
}
