package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.Bytes;
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

/** The values inside a message, to and from their JSON form. */
final class Values {
  private Values() {}

  static Object toJson(Object value, Type declared) {
    return switch (value) {
      case String text -> text;
      case Boolean flag -> flag;
      case Integer number -> (long) number;
      case Long number -> number;
      case Enum<?> constant -> constant.name();
      case Instant instant -> instant.toString();
      case Duration duration -> duration.toString();
      case Bytes bytes -> Base64.getEncoder().encodeToString(bytes.toByteArray());
      case Collection<?> items -> array(items, argument(declared, 0));
      case Map<?, ?> map -> object(map, argument(declared, 1));
      default -> RecordShape.toObject(value, (Class<?>) declared);
    };
  }

  private static List<Object> array(Collection<?> items, Type type) {
    List<Object> array = new ArrayList<>(items.size());
    items.forEach(item -> array.add(toJson(item, type)));
    return array;
  }

  private static Map<String, Object> object(Map<?, ?> map, Type type) {
    Map<String, Object> object = new LinkedHashMap<>();
    map.forEach((key, value) -> object.put(key.toString(), toJson(value, type)));
    return object;
  }

  static Object fromJson(Object json, Type declared, String place) {
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
    } else if ((type.isRecord() || type.isSealed()) && json instanceof Map<?, ?> object) {
      value = RecordShape.fromObject(object, type);
    }
    if (value == null) {
      throw RecordShape.malformed(place + " is no " + type.getSimpleName());
    }
    return value;
  }

  private static Object container(Object json, ParameterizedType declared, String place) {
    Class<?> raw = (Class<?>) declared.getRawType();
    if (Collection.class.isAssignableFrom(raw) && json instanceof List<?> array) {
      List<Object> items = new ArrayList<>(array.size());
      for (Object item : array) {
        items.add(fromJson(item, argument(declared, 0), place));
      }
      return raw == List.class ? items : new LinkedHashSet<>(items);
    }
    if (Map.class.isAssignableFrom(raw) && json instanceof Map<?, ?> object) {
      Map<Object, Object> map = new LinkedHashMap<>();
      object.forEach((key, value) ->
          map.put(
              fromJson(key, argument(declared, 0), place),
              fromJson(value, argument(declared, 1), place)));
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
