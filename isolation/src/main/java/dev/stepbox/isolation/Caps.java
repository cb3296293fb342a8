package dev.stepbox.isolation;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Limits of one step; null means not limited.
 *
 * @param cpuMillis thousandths of a processor, from {@value #MIN_CPU_MILLIS}
 * @param memoryBytes from {@value #MIN_MEMORY_BYTES}
 * @param pids processes and threads, from 1; the two of the sandbox itself do not count
 * @param diskBytes size of the write layers of the step's stage, from 1; {@code /tmp} lies in
 *     memory and counts there
 * @param diskFiles files, directories and links in them, from 1
 */
public record Caps(
    @Nullable Integer cpuMillis,
    @Nullable Long memoryBytes,
    @Nullable Integer pids,
    @Nullable Long diskBytes,
    @Nullable Long diskFiles) {

  /** No limit at all. */
  public static final Caps NONE = new Caps(null, null, null, null, null);

  /** Less processor time than a hundredth is refused by the kernel. */
  public static final int MIN_CPU_MILLIS = 10;

  /** With less memory no program of a usual image starts: 4 MiB. */
  public static final long MIN_MEMORY_BYTES = 4L << 20;

  public Caps {
    require("cpu cap in thousandths", cpuMillis, MIN_CPU_MILLIS);
    require("memory cap in bytes", memoryBytes, MIN_MEMORY_BYTES);
    require("pids cap", pids, 1);
    require("disk cap in bytes", diskBytes, 1);
    require("disk cap in files", diskFiles, 1);
  }

  /** With any number of files. */
  public Caps(
      @Nullable Integer cpuMillis,
      @Nullable Long memoryBytes,
      @Nullable Integer pids,
      @Nullable Long diskBytes) {
    this(cpuMillis, memoryBytes, pids, diskBytes, null);
  }

  /** The resources that are limited. */
  public Set<Cap> limited() {
    Set<Cap> limited = new TreeSet<>();
    if (cpuMillis != null) {
      limited.add(Cap.CPU);
    }
    if (memoryBytes != null) {
      limited.add(Cap.MEMORY);
    }
    if (pids != null) {
      limited.add(Cap.PIDS);
    }
    if (diskBytes != null || diskFiles != null) {
      limited.add(Cap.DISK);
    }
    return Collections.unmodifiableSet(limited);
  }

  private static void require(String what, @Nullable Number value, long least) {
    if (value != null && value.longValue() < least) {
      throw new IllegalArgumentException(
          "not a %s: %d, the least is %d".formatted(what, value.longValue(), least));
    }
  }
}
