package dev.stepbox.pipeline.schema;

import org.jspecify.annotations.Nullable;

/**
 * A key of a mapping.
 *
 * @param description a sentence without its full stop
 * @param defaultText what holds when the key is absent, as a person would say it
 * @param since the version of Stepbox that first knew it
 */
public record Key(
    String name,
    Shape shape,
    Presence presence,
    String description,
    @Nullable String defaultText,
    String since) {

  private static final String FIRST_VERSION = "0.1";

  /** Whether a mapping may do without the key. */
  public enum Presence {
    REQUIRED,
    OPTIONAL
  }

  static Key required(String name, Shape shape, String description) {
    return new Key(name, shape, Presence.REQUIRED, description, null, FIRST_VERSION);
  }

  static Key optional(String name, Shape shape, String defaultText, String description) {
    return new Key(name, shape, Presence.OPTIONAL, description, defaultText, FIRST_VERSION);
  }
}
