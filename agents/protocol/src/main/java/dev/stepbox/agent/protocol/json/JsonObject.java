package dev.stepbox.agent.protocol.json;

import java.util.Collections;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * An object that was read: its members in the order they were written. The accessors throw {@link
 * JsonException} with the member's name when it is missing or of another kind.
 */
public final class JsonObject {

  private final SequencedMap<String, @Nullable Object> members;

  JsonObject(SequencedMap<String, @Nullable Object> members) {
    this.members = Collections.unmodifiableSequencedMap(members);
  }

  /** Names of the members, in the order they were written. */
  public Iterable<String> names() {
    return members.sequencedKeySet();
  }

  /** Whether there is such a member that is not null. */
  public boolean has(String name) {
    return members.get(name) != null;
  }

  /**
   * A member as it was read: a {@code String}, {@code Long}, {@code Double}, {@code Boolean},
   * {@code JsonObject}, a list of these, or null when it is null or missing.
   */
  public @Nullable Object valueOrNull(String name) {
    return members.get(name);
  }

  /** A text member. */
  public String string(String name) {
    return required(name, String.class, "a text");
  }

  /** A text member, null when it is missing. */
  public @Nullable String stringOrNull(String name) {
    return has(name) ? string(name) : null;
  }

  /** A whole number. */
  public long longValue(String name) {
    return required(name, Long.class, "a whole number");
  }

  /** A whole number, null when it is missing. */
  public @Nullable Long longOrNull(String name) {
    return has(name) ? (Long) longValue(name) : null;
  }

  /** A whole number that fits into 32 bits. */
  public int intValue(String name) {
    long value = longValue(name);
    if (value != (int) value) {
      throw new JsonException("'%s' is too large: %d".formatted(name, value));
    }
    return (int) value;
  }

  /** A number, null when it is missing. */
  public @Nullable Double doubleOrNull(String name) {
    Object value = members.get(name);
    if (value instanceof Long whole) {
      return whole.doubleValue();
    }
    return value == null ? null : required(name, Double.class, "a number");
  }

  /** {@code true} or {@code false}. */
  public boolean booleanValue(String name) {
    return required(name, Boolean.class, "true or false");
  }

  /** An object member. */
  public JsonObject object(String name) {
    return required(name, JsonObject.class, "an object");
  }

  /** An array of texts. */
  public List<String> strings(String name) {
    return array(name, String.class, "texts");
  }

  /** An array of objects. */
  public List<JsonObject> objects(String name) {
    return array(name, JsonObject.class, "objects");
  }

  private <T> List<T> array(String name, Class<T> type, String kind) {
    List<?> values = required(name, List.class, "an array");
    for (Object value : values) {
      if (!type.isInstance(value)) {
        throw new JsonException("'%s' must be an array of %s".formatted(name, kind));
      }
    }
    return values.stream().map(type::cast).toList();
  }

  private <T> T required(String name, Class<T> type, String kind) {
    Object value = members.get(name);
    if (!type.isInstance(value)) {
      throw new JsonException(
          value == null
              ? "'%s' is missing".formatted(name)
              : "'%s' must be %s".formatted(name, kind));
    }
    return type.cast(value);
  }
}
