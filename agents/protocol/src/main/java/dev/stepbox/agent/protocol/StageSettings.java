package dev.stepbox.agent.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What holds for all steps of a stage.
 *
 * @param timeout for the steps of the stage together, post blocks not counted; null for none
 * @param grace from TERM to KILL when a step is timed out or cancelled
 * @param outputLimitBytes of one step's output; what comes after is dropped, with a notice
 * @param cacheScope whose cache mounts its steps use: two builds share one only if their scopes are
 *     equal; 1 to 100 characters
 * @param keptBytesMax what its archives, stashes and unstashes may write together, holes not
 *     counted; null for no bound
 * @param isolation what its steps run in
 */
public record StageSettings(
    @Nullable Duration timeout,
    Duration grace,
    long outputLimitBytes,
    String cacheScope,
    @Nullable Long keptBytesMax,
    Isolation isolation) {
  /** Grace when none is asked for. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

  /** Output limit when none is asked for: 4 GiB. */
  public static final long DEFAULT_OUTPUT_LIMIT_BYTES = 4L << 30;

  /** The scope of a stage whose steps use no cache mount. */
  public static final String NO_SCOPE = "none";

  /** Characters of a scope. */
  public static final int MAX_SCOPE_LENGTH = 100;

  public StageSettings {
    if (timeout != null && !timeout.isPositive()) {
      throw new IllegalArgumentException("timeout must be positive: " + timeout);
    }
    if (grace.isNegative()) {
      throw new IllegalArgumentException("grace must not be negative: " + grace);
    }
    if (outputLimitBytes < 1) {
      throw new IllegalArgumentException("output limit must be at least 1: " + outputLimitBytes);
    }
    if (keptBytesMax != null && keptBytesMax < 1) {
      throw new IllegalArgumentException(
          "a bound of kept bytes must be at least 1: " + keptBytesMax);
    }
    if (cacheScope.isBlank() || cacheScope.length() > MAX_SCOPE_LENGTH) {
      throw new IllegalArgumentException(
          "a cache scope has 1 to %d characters, not '%s'".formatted(MAX_SCOPE_LENGTH, cacheScope));
    }
  }

  /** No timeout, default grace and output limit, no caches. */
  public static StageSettings defaults() {
    return new StageSettings(
        null, DEFAULT_GRACE, DEFAULT_OUTPUT_LIMIT_BYTES, NO_SCOPE, null, Isolation.CONTAINER);
  }
}
