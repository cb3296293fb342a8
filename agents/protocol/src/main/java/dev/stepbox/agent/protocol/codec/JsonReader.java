package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON value into maps, lists, strings, longs and booleans. The messages have no use for
 * null and fractions, so these are refused, as are duplicate keys.
 */
final class JsonReader {
  private final String text;
  private final int maxDepth;
  private int at;

  JsonReader(String text, int maxDepth) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  Object read() {
    Object value = value(0);
    skipSpace();
    if (at < text.length()) {
      throw malformed("more after the end of the value");
    }
    return value;
  }

  private Object value(int depth) {
    if (depth > maxDepth) {
      throw new AgentException(
          AgentErrorCode.MESSAGE_TOO_LARGE,
          "message is nested deeper than %d levels".formatted(maxDepth));
    }
    skipSpace();
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) {
    at++;
    Map<String, Object> object = new LinkedHashMap<>();
    skipSpace();
    if (takes('}')) {
      return object;
    }
    do {
      skipSpace();
      String key = string();
      skipSpace();
      expect(':');
      if (object.put(key, value(depth + 1)) != null) {
        throw malformed("a member twice");
      }
      skipSpace();
    } while (takes(','));
    expect('}');
    return object;
  }

  private List<Object> array(int depth) {
    at++;
    List<Object> array = new ArrayList<>();
    skipSpace();
    if (takes(']')) {
      return array;
    }
    do {
      array.add(value(depth + 1));
      skipSpace();
    } while (takes(','));
    expect(']');
    return array;
  }

  private String string() {
    expect('"');
    int start = at;
    while (isPlain(peek())) {
      at++;
    }
    if (peek() == '"') {
      return text.substring(start, at++);
    }
    var out = new StringBuilder(text.substring(start, at));
    while (!takes('"')) {
      char c = peek();
      at++;
      if (c == '\\') {
        out.append(escape());
      } else if (c < ' ') {
        throw malformed("a control character in a string");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isPlain(char c) {
    return c != '"' && c != '\\' && c >= ' ';
  }

  private char escape() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hexadecimal();
      default -> throw malformed("an unknown escape");
    };
  }

  private char hexadecimal() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0 || peek() > 'f') {
        throw malformed("a wrong escape");
      }
      at++;
      value = value * 16 + digit;
    }
    return (char) value;
  }

  private Boolean word(String word, boolean value) {
    if (!text.startsWith(word, at)) {
      throw malformed("an unknown word");
    }
    at += word.length();
    return value;
  }

  private Long number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    try {
      return Long.valueOf(text.substring(start, at));
    } catch (NumberFormatException ignored) {
      // The place says enough, and the text may be secret.
      throw malformed("no JSON value, or a number that is no 64-bit integer");
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw malformed("the end");
    }
    return text.charAt(at);
  }

  private boolean takes(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (!takes(c)) {
      throw malformed("no '" + c + "'");
    }
  }

  private AgentException malformed(String what) {
    return new AgentException(
        AgentErrorCode.MESSAGE_MALFORMED,
        "cannot read message: %s at character %d of %d".formatted(what, at, text.length()));
  }
}
