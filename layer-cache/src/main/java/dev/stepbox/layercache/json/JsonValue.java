package dev.stepbox.layercache.json;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A JSON document or a part of one. The methods that look inside take absent and {@code null} as
 * the same, as the programs that write such documents do, and refuse a value of another kind.
 */
public sealed interface JsonValue {
  /** {@code null}. */
  record Null() implements JsonValue {}

  /** {@code true} or {@code false}. */
  record Truth(boolean value) implements JsonValue {}

  /** A number as it was written. */
  record Figure(String text) implements JsonValue {}

  /** A string. */
  record Text(String value) implements JsonValue {}

  /** An array. */
  record Elements(List<JsonValue> values) implements JsonValue {
    public Elements {
      values = List.copyOf(values);
    }
  }

  /** An object; members in the order of the document. */
  record Members(SequencedMap<String, JsonValue> values) implements JsonValue {
    public Members {
      values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
    }
  }

  /** A member of an object; empty when it is absent or null. */
  default Optional<JsonValue> member(String name) throws JsonException {
    if (this instanceof Members(SequencedMap<String, JsonValue> values)) {
      JsonValue value = values.get(name);
      return value == null || value instanceof Null ? Optional.empty() : Optional.of(value);
    }
    throw new JsonException("an object is expected where '%s' is looked for".formatted(name));
  }

  /** A member that must be there. */
  default JsonValue require(String name) throws JsonException {
    return member(name).orElseThrow(() -> new JsonException("'%s' is missing".formatted(name)));
  }

  /** A string member that must be there. */
  default String requireText(String name) throws JsonException {
    return textOf(name, require(name));
  }

  /** A string member; empty text when it is absent. */
  default String text(String name) throws JsonException {
    Optional<JsonValue> value = member(name);
    return value.isEmpty() ? "" : textOf(name, value.get());
  }

  /** The elements of an array member; none when it is absent. */
  default List<JsonValue> elements(String name) throws JsonException {
    Optional<JsonValue> value = member(name);
    if (value.isEmpty()) {
      return List.of();
    }
    if (value.get() instanceof Elements(List<JsonValue> values)) {
      return values;
    }
    throw new JsonException("'%s' is no array".formatted(name));
  }

  /** The strings of an array member; none when it is absent. */
  default List<String> texts(String name) throws JsonException {
    List<String> texts = new ArrayList<>();
    for (JsonValue value : elements(name)) {
      texts.add(textOf(name, value));
    }
    return texts;
  }

  private static String textOf(String name, JsonValue value) throws JsonException {
    if (value instanceof Text(String text)) {
      return text;
    }
    throw new JsonException("'%s' is no string".formatted(name));
  }
}
