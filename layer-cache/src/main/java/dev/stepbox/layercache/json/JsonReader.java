package dev.stepbox.layercache.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Reads a whole JSON document (RFC 8259): strict UTF-8, nothing behind the document, no name twice
 * in an object, at most {@value #DEPTH_MAX} levels. The caller bounds the size.
 */
public final class JsonReader {
  /** Deepest nesting of arrays and objects. */
  public static final int DEPTH_MAX = 64;

  private final String text;
  private int at;

  private JsonReader(String text) {
    this.text = text;
  }

  /** The document in these bytes. */
  public static JsonValue read(byte[] bytes) throws JsonException {
    String text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new JsonException("it is not UTF-8");
    }
    JsonReader reader = new JsonReader(text);
    JsonValue value = reader.value(0);
    reader.skipSpace();
    if (reader.at < text.length()) {
      throw reader.unexpected();
    }
    return value;
  }

  private JsonValue value(int depth) throws JsonException {
    if (depth > DEPTH_MAX) {
      throw new JsonException("it is nested deeper than %d levels".formatted(DEPTH_MAX));
    }
    skipSpace();
    char first = peek();
    return switch (first) {
      case '{' -> members(depth);
      case '[' -> elements(depth);
      case '"' -> new JsonValue.Text(string());
      case 't' -> word("true", new JsonValue.Truth(true));
      case 'f' -> word("false", new JsonValue.Truth(false));
      case 'n' -> word("null", new JsonValue.Null());
      default -> number();
    };
  }

  private JsonValue members(int depth) throws JsonException {
    SequencedMap<String, JsonValue> values = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (take('}')) {
      return new JsonValue.Members(values);
    }
    do {
      skipSpace();
      if (peek() != '"') {
        throw unexpected();
      }
      String name = string();
      skipSpace();
      expect(':');
      if (values.putIfAbsent(name, value(depth + 1)) != null) {
        throw new JsonException("an object has '%s' twice".formatted(name));
      }
      skipSpace();
    } while (take(','));
    expect('}');
    return new JsonValue.Members(values);
  }

  private JsonValue elements(int depth) throws JsonException {
    List<JsonValue> values = new ArrayList<>();
    at++;
    skipSpace();
    if (take(']')) {
      return new JsonValue.Elements(values);
    }
    do {
      values.add(value(depth + 1));
      skipSpace();
    } while (take(','));
    expect(']');
    return new JsonValue.Elements(values);
  }

  private String string() throws JsonException {
    at++;
    StringBuilder value = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at);
      if (c < ' ') {
        throw unexpected();
      }
      at++;
      value.append(c == '\\' ? escaped() : c);
    }
    at++;
    return value.toString();
  }

  private char escaped() throws JsonException {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> {
        at--;
        throw unexpected();
      }
    };
  }

  private char unicode() throws JsonException {
    int value = 0;
    for (int digit = 0; digit < 4; digit++) {
      int figure = Character.digit(peek(), 16);
      if (figure < 0 || peek() > 'f') {
        throw unexpected();
      }
      value = value * 16 + figure;
      at++;
    }
    return (char) value;
  }

  private JsonValue number() throws JsonException {
    int start = at;
    take('-');
    if (!take('0')) {
      digits();
    }
    if (take('.')) {
      digits();
    }
    if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
      at++;
      if (!take('+')) {
        take('-');
      }
      digits();
    }
    return new JsonValue.Figure(text.substring(start, at));
  }

  private void digits() throws JsonException {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw unexpected();
    }
  }

  private JsonValue word(String word, JsonValue value) throws JsonException {
    if (!text.startsWith(word, at)) {
      throw unexpected();
    }
    at += word.length();
    return value;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() throws JsonException {
    if (at == text.length()) {
      throw new JsonException("it ends too early");
    }
    return text.charAt(at);
  }

  private boolean take(char wanted) {
    boolean isThere = at < text.length() && text.charAt(at) == wanted;
    at += isThere ? 1 : 0;
    return isThere;
  }

  private void expect(char wanted) throws JsonException {
    if (!take(wanted)) {
      throw unexpected();
    }
  }

  private JsonException unexpected() {
    return at < text.length()
        ? new JsonException("character %d, '%c', does not fit".formatted(at + 1, text.charAt(at)))
        : new JsonException("it ends too early");
  }
}
