package dev.stepbox.agent.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a step used; an absent figure could not be measured here.
 *
 * @param cpu user and system time
 * @param throttled time held back by the cpu cap
 * @param memoryBytes at this moment; absent once the step has ended
 * @param pidsPeak processes and threads at one time
 * @param diskBytes added to the write layers
 */
public record Usage(
    @Nullable Duration cpu,
    @Nullable Duration throttled,
    @Nullable Long memoryBytes,
    @Nullable Long memoryPeakBytes,
    @Nullable Integer pidsPeak,
    @Nullable Long diskBytes) {
  /** Nothing measured. */
  public static Usage unknown() {
    return new Usage(null, null, null, null, null, null);
  }
}
