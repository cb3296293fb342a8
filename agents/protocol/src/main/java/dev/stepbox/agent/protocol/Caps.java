package dev.stepbox.agent.protocol;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
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

  /** A disk cap, however small, is one of at least so many files. */
  public static final long DISK_FILES_MIN = 65_536;

  /** A disk cap is one of a file for each so many bytes, as mke2fs plans a file system. */
  public static final long DISK_BYTES_PER_FILE = 16 << 10;

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

  /** How many files the step may have in its write layers; null without a disk cap. */
  public @Nullable Long diskFiles() {
    return diskBytes == null ? null : Math.max(DISK_FILES_MIN, diskBytes / DISK_BYTES_PER_FILE);
  }

  /** The resources that are limited. */
  public Set<Demands.Cap> limited() {
    var limited = EnumSet.noneOf(Demands.Cap.class);
    if (cpuMillis != null) {
      limited.add(Demands.Cap.CPU);
    }
    if (memoryBytes != null) {
      limited.add(Demands.Cap.MEMORY);
    }
    if (pids != null) {
      limited.add(Demands.Cap.PIDS);
    }
    if (diskBytes != null) {
      limited.add(Demands.Cap.DISK);
    }
    return Collections.unmodifiableSet(limited);
  }

  private static void requirePositive(String what, @Nullable Number value) {
    if (value != null && value.longValue() < 1) {
      throw new IllegalArgumentException(what + " must be at least 1: " + value);
    }
  }
}
