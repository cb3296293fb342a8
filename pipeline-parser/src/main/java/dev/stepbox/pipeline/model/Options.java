package dev.stepbox.pipeline.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a whole pipeline or stage.
 *
 * @param timeout how long it may take until it is aborted; absent means no limit of its own
 */
public record Options(@Nullable Duration timeout) {
  public static final Options NONE = new Options(null);

  public Options {
    if (timeout != null && !timeout.isPositive()) {
      throw new IllegalArgumentException("a timeout must be more than 0, got " + timeout);
    }
  }
}
