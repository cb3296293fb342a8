package dev.stepbox.pipeline.model;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value that is chosen when a build starts ({@code run --param NAME=VALUE}); expressions see it
 * as {@code params.NAME}, steps as the environment variable {@code NAME}.
 */
public sealed interface Parameter {
  String name();

  @Nullable String description();

  SourceRange range();

  /** The value when none is given. */
  String defaultValue();

  /** Any text. */
  record Text(String name, String defaultValue, @Nullable String description, SourceRange range)
      implements Parameter {}

  /** One of a fixed list; the first is the default. */
  record Choice(String name, List<String> choices, @Nullable String description, SourceRange range)
      implements Parameter {
    public Choice {
      choices = List.copyOf(choices);
      if (choices.isEmpty()) {
        throw new IllegalArgumentException("parameter '%s' has no choices".formatted(name));
      }
    }

    @Override
    public String defaultValue() {
      return choices.getFirst();
    }
  }

  /** {@code true} or {@code false}. */
  record Flag(String name, boolean enabled, @Nullable String description, SourceRange range)
      implements Parameter {
    @Override
    public String defaultValue() {
      return Boolean.toString(enabled);
    }
  }
}
