package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonWriter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The values inside a message, to and from their JSON form. */
final class Values {
  private Values() {}

  static void write(JsonWriter out, Object value, Type declared) {
    switch (value) {
      case String text -> out.value(text);
      case Boolean flag -> out.value(flag.booleanValue());
      case Integer number -> out.value(number.longValue());
      case Long number -> out.value(number.longValue());
      case Enum<?> constant -> out.value(constant.name());
      case Instant instant -> out.value(instant.toString());
      case Duration duration -> out.value(duration.toString());
      case Bytes bytes -> out.value(Base64.getEncoder().encodeToString(bytes.toByteArray()));
      case Collection<?> items -> {
        out.beginArray();
        items.forEach(item -> write(out, item, argument(declared, 0)));
        out.endArray();
      }
      case Map<?, ?> map -> {
        out.beginObject();
        map.forEach((key, item) -> {
          out.name(key.toString());
          write(out, item, argument(declared, 1));
        });
        out.endObject();
      }
      default -> {
        out.beginObject();
        RecordShape.write(out, value, (Class<?>) declared);
        out.endObject();
      }
    }
  }

  static Object read(@Nullable Object json, Type declared, String place) {
    if (declared instanceof ParameterizedType generic) {
      return container(json, generic, place);
    }
    Class<?> type = (Class<?>) declared;
    Object value = null;
    if (type == String.class && json instanceof String) {
      value = json;
    } else if (type == boolean.class && json instanceof Boolean) {
      value = json;
    } else if ((type == long.class || type == Long.class) && json instanceof Long) {
      value = json;
    } else if ((type == int.class || type == Integer.class) && json instanceof Long number) {
      value = number.intValue() == number ? number.intValue() : null;
    } else if (type.isEnum() && json instanceof String name) {
      value = constant(type, name, place);
    } else if (json instanceof String text) {
      value = parse(text, type, place);
    } else if ((type.isRecord() || type.isSealed()) && json instanceof JsonObject object) {
      value = RecordShape.read(object, type, Set.of());
    }
    if (value == null) {
      throw RecordShape.malformed(place + " is no " + type.getSimpleName());
    }
    return value;
  }

  private static Object container(@Nullable Object json, ParameterizedType declared, String place) {
    Class<?> raw = (Class<?>) declared.getRawType();
    if (Collection.class.isAssignableFrom(raw) && json instanceof List<?> array) {
      List<Object> items = new ArrayList<>(array.size());
      for (Object item : array) {
        items.add(read(item, argument(declared, 0), place));
      }
      return raw == List.class ? items : new LinkedHashSet<>(items);
    }
    if (Map.class.isAssignableFrom(raw) && json instanceof JsonObject object) {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (String name : object.names()) {
        Object value = read(object.valueOrNull(name), argument(declared, 1), place);
        map.put(read(name, argument(declared, 0), place), value);
      }
      return map;
    }
    throw RecordShape.malformed(place + " is no " + raw.getSimpleName());
  }

  private static Object parse(String text, Class<?> type, String place) {
    try {
      if (type == Instant.class) {
        return Instant.parse(text);
      }
      if (type == Duration.class) {
        return Duration.parse(text);
      }
      if (type == Bytes.class) {
        return Bytes.owning(Base64.getDecoder().decode(text));
      }
    } catch (DateTimeException | IllegalArgumentException ignored) {
      // The place says enough, and the text may be secret.
    }
    throw RecordShape.malformed(place + " is no " + type.getSimpleName());
  }

  private static Object constant(Class<?> type, String name, String place) {
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name)) {
        return constant;
      }
    }
    throw RecordShape.malformed(place + " is no known " + type.getSimpleName());
  }

  private static Type argument(Type declared, int index) {
    return ((ParameterizedType) declared).getActualTypeArguments()[index];
  }
}
