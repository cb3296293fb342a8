package dev.stepbox.isolation;

import org.jspecify.annotations.Nullable;

/**
 * The virtual machine in which the steps of a root run.
 *
 * @param cpuMillis most that a step in it may use, in thousandths of a processor; null for all
 *     processors of the machine that it runs on
 * @param memoryBytes most that a step in it may use; null for {@link #DEFAULT_MEMORY_BYTES}
 * @param network whether any step reaches the build's network; {@link NetworkMode#HOST} is refused
 */
public record MachineSpec(
    @Nullable Integer cpuMillis, @Nullable Long memoryBytes, NetworkMode network) {
  /** Memory of the steps when none of them has a cap: 2 GiB. */
  public static final long DEFAULT_MEMORY_BYTES = 2L << 30;

  /** Memory of the guest's own kernel, on top of that of the steps: 192 MiB. */
  public static final long GUEST_MEMORY_BYTES = 192L << 20;

  /** Memory of the programs that make the machine, on top of the guest's: 384 MiB. */
  public static final long HOST_MEMORY_BYTES = 384L << 20;

  /** Processor time of these programs, on top of that of the steps: half a processor. */
  public static final int HOST_CPU_MILLIS = 500;

  /** Processes and threads of these programs. */
  public static final int HOST_PIDS = 256;

  /** Processors of a machine are at most this many. */
  public static final int MAX_PROCESSORS = 64;

  private static final int MILLIS_PER_PROCESSOR = 1000;

  public MachineSpec {
    if (network == NetworkMode.HOST) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST,
          "a virtual machine cannot have the network of the host: take 'network: host' away, or run"
              + " the stage with 'isolation: container'");
    }
  }

  /** Memory of the guest as a whole, in bytes: a multiple of 1 MiB. */
  public long guestMemoryBytes() {
    long steps = memoryBytes == null ? DEFAULT_MEMORY_BYTES : memoryBytes;
    return ((steps + GUEST_MEMORY_BYTES) >> 20) << 20;
  }

  /**
   * Processors of the guest.
   *
   * @param available processors of the machine that it runs on
   */
  public int processors(int available) {
    int most = Math.min(available, MAX_PROCESSORS);
    Integer millis = cpuMillis;
    return millis == null
        ? most
        : Math.clamp((millis + MILLIS_PER_PROCESSOR - 1) / MILLIS_PER_PROCESSOR, 1, most);
  }

  /** What the cgroup of the machine is limited to. */
  public Caps hostCaps() {
    return new Caps(
        cpuMillis == null ? null : (Integer) (cpuMillis + HOST_CPU_MILLIS),
        guestMemoryBytes() + HOST_MEMORY_BYTES,
        HOST_PIDS,
        null);
  }
}
