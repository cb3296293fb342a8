package dev.stepbox.agent.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a step used; an absent figure could not be measured here.
 *
 * @param cpu user and system time of all its processes
 * @param throttled time held back by the cpu cap
 * @param memoryPeakBytes most memory at one moment
 * @param pidsPeak most processes and threads at one moment
 * @param readBytes read from block devices
 * @param writtenBytes written to block devices
 */
public record Usage(
    @Nullable Duration cpu,
    @Nullable Duration throttled,
    @Nullable Long memoryPeakBytes,
    @Nullable Long pidsPeak,
    @Nullable Long readBytes,
    @Nullable Long writtenBytes) {
  /** Nothing measured. */
  public static Usage unknown() {
    return new Usage(null, null, null, null, null, null);
  }
}
