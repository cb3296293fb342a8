package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How the records of one class are laid out as JSON objects; worked out once from the class. */
final class RecordShape {
  private static final String TYPE = "type";
  private static final Map<Class<?>, RecordShape> SHAPES = new ConcurrentHashMap<>();

  private final Class<?> type;
  private final RecordComponent[] components;
  private final Constructor<?> constructor;

  private RecordShape(Class<?> type) {
    this.type = type;
    this.components = type.getRecordComponents();
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
   * The object for a record.
   *
   * @param declared the type that the reader will expect; a sealed one makes the variant be named
   */
  static Map<String, Object> toObject(Object value, Class<?> declared) {
    var object = new LinkedHashMap<String, Object>();
    if (declared.isSealed()) {
      object.put(TYPE, value.getClass().getSimpleName());
    }
    RecordShape shape = of(value.getClass());
    for (RecordComponent component : shape.components) {
      Object part = shape.read(component, value);
      if (part != null) {
        object.put(component.getName(), Values.toJson(part, component.getGenericType()));
      }
    }
    return object;
  }

  /** The record of an object; every member must be a component. */
  static Object fromObject(Map<?, ?> object, Class<?> declared) {
    Class<?> type = declared.isSealed() ? variant(object.remove(TYPE), declared) : declared;
    RecordShape shape = of(type);
    @Nullable Object[] parts = new @Nullable Object[shape.components.length];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = shape.part(object, shape.components[i]);
    }
    if (!object.isEmpty()) {
      throw malformed("%s has members that are not known here".formatted(type.getSimpleName()));
    }
    return shape.create(parts);
  }

  private @Nullable Object part(Map<?, ?> object, RecordComponent component) {
    Object json = object.remove(component.getName());
    String place = type.getSimpleName() + "." + component.getName();
    if (json == null) {
      if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        return null;
      }
      throw malformed(place + " is missing");
    }
    return Values.fromJson(json, component.getGenericType(), place);
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
