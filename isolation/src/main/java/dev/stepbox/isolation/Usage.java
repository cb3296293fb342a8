package dev.stepbox.isolation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Resources that a step used; null where this machine cannot tell.
 *
 * @param cpu processor time of all its processes
 * @param throttled time in which the cpu cap held processes back
 * @param memoryPeakBytes most memory used at one moment
 * @param pidsPeak most processes and threads at one moment
 * @param readBytes read from block devices
 * @param writtenBytes written to block devices
 * @param oomKills processes killed for memory
 * @param pidsRefused processes that the pids cap refused
 */
public record Usage(
    @Nullable Duration cpu,
    @Nullable Duration throttled,
    @Nullable Long memoryPeakBytes,
    @Nullable Long pidsPeak,
    @Nullable Long readBytes,
    @Nullable Long writtenBytes,
    @Nullable Long oomKills,
    @Nullable Long pidsRefused) {

  /** Nothing is known. */
  public static final Usage UNKNOWN = new Usage(null, null, null, null, null, null, null, null);
}
