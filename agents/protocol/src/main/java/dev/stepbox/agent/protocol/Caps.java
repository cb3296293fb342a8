package dev.stepbox.agent.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Resource limits of one step's sandbox; an absent one is no limit.
 *
 * @param cpuMillis thousandths of a core
 * @param memoryBytes memory and swap together
 * @param pids processes and threads at one time
 * @param diskBytes what the step may add to its write layers
 */
public record Caps(
    @Nullable Integer cpuMillis,
    @Nullable Long memoryBytes,
    @Nullable Integer pids,
    @Nullable Long diskBytes) {
  public Caps {
    requirePositive("cpu cap", cpuMillis);
    requirePositive("memory cap", memoryBytes);
    requirePositive("pids cap", pids);
    requirePositive("disk cap", diskBytes);
  }

  /** No limit at all. */
  public static Caps none() {
    return new Caps(null, null, null, null);
  }

  private static void requirePositive(String what, @Nullable Number value) {
    if (value != null && value.longValue() < 1) {
      throw new IllegalArgumentException(what + " must be at least 1: " + value);
    }
  }
}
