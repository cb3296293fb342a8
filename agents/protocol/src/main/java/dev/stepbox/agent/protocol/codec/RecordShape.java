package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How the records of one class are laid out as JSON objects; worked out once from the class. */
final class RecordShape {
  private static final String TYPE = "type";
  private static final Map<Class<?>, RecordShape> SHAPES = new ConcurrentHashMap<>();

  private final Class<?> type;
  private final RecordComponent[] components;
  private final Set<String> names;
  private final Constructor<?> constructor;

  private RecordShape(Class<?> type) {
    this.type = type;
    this.components = type.getRecordComponents();
    this.names =
        Arrays.stream(components).map(RecordComponent::getName).collect(Collectors.toSet());
    try {
      this.constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(type + " has no canonical constructor", e);
    }
  }

  private static RecordShape of(Class<?> type) {
    return SHAPES.computeIfAbsent(type, RecordShape::new);
  }

  /**
   * Write the members of a record into the object that is open.
   *
   * @param declared the type that the reader will expect; a sealed one makes the variant be named
   */
  static void write(JsonWriter out, Object value, Class<?> declared) {
    if (declared.isSealed()) {
      out.field(TYPE, value.getClass().getSimpleName());
    }
    RecordShape shape = of(value.getClass());
    for (RecordComponent component : shape.components) {
      Object part = shape.read(component, value);
      if (part != null) {
        out.name(component.getName());
        Values.write(out, part, component.getGenericType());
      }
    }
  }

  /**
   * The record of an object.
   *
   * @param besides members that are no components; no others are allowed
   */
  static Object read(JsonObject object, Class<?> declared, Set<String> besides) {
    Class<?> type = declared.isSealed() ? variant(object.valueOrNull(TYPE), declared) : declared;
    RecordShape shape = of(type);
    for (String name : object.names()) {
      boolean isTag = declared.isSealed() && name.equals(TYPE);
      if (!isTag && !besides.contains(name) && !shape.names.contains(name)) {
        throw malformed("%s has members that are not known here".formatted(type.getSimpleName()));
      }
    }
    @Nullable Object[] parts = new @Nullable Object[shape.components.length];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = shape.part(object, shape.components[i]);
    }
    return shape.create(parts);
  }

  private @Nullable Object part(JsonObject object, RecordComponent component) {
    Object json = object.valueOrNull(component.getName());
    String place = type.getSimpleName() + "." + component.getName();
    if (json == null) {
      if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        return null;
      }
      throw malformed(place + " is missing");
    }
    return Values.read(json, component.getGenericType(), place);
  }

  private static Class<?> variant(@Nullable Object name, Class<?> sealed) {
    for (Class<?> variant : sealed.getPermittedSubclasses()) {
      if (variant.getSimpleName().equals(name)) {
        return variant;
      }
    }
    throw malformed("no known type of " + sealed.getSimpleName());
  }

  private @Nullable Object read(RecordComponent component, Object value) {
    try {
      return component.getAccessor().invoke(value);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read %s of %s".formatted(component, type), e);
    }
  }

  private Object create(@Nullable Object[] parts) {
    try {
      return constructor.newInstance(parts);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException) {
        // Without the cause: its message may quote a value.
        throw malformed(type.getSimpleName() + " does not allow these values");
      }
      throw new IllegalStateException("cannot make a " + type, e);
    } catch (InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException("cannot make a " + type, e);
    }
  }

  static AgentException malformed(String what) {
    return new AgentException(AgentErrorCode.MESSAGE_MALFORMED, "cannot read message: " + what);
  }
}
