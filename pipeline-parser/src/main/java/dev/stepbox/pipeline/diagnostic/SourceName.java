package dev.stepbox.pipeline.diagnostic;

/**
 * How a source is called in messages, for example {@code stepbox.yaml}; a label, never opened as a
 * file.
 */
public record SourceName(String value) {
  public SourceName {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a source needs a name, got '%s'".formatted(value));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
