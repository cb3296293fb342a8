package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.MachineSpec;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.machine.BootFiles;
import java.time.Duration;
import java.util.List;

/**
 * Everything that the launcher needs to start a virtual machine.
 *
 * @param root number of the root whose steps run in it
 * @param kernel the guest's kernel, in the launcher's view
 * @param initial its initial file system, in the launcher's view
 * @param processors of the guest
 * @param memoryBytes of the guest
 * @param network whether it has one
 * @param bootTimeoutMillis until it must be up
 * @param cgroupWrites limits of the machine as a whole, on the host
 */
public record MachinePlan(
    int root,
    String kernel,
    String initial,
    int processors,
    long memoryBytes,
    NetworkMode network,
    long bootTimeoutMillis,
    List<CgroupFiles.Write> cgroupWrites) {
  /**
   * How long a machine may take to boot: 2 minutes. Emulated on a busy host it takes half a minute.
   */
  public static final Duration BOOT_TIMEOUT = Duration.ofMinutes(2);

  public MachinePlan {
    cgroupWrites = List.copyOf(cgroupWrites);
  }

  /**
   * Plans a machine with as many processors as this one has, at the most.
   *
   * @param files of the cgroups of the host
   */
  public static MachinePlan of(
      int root, MachineSpec spec, BootFiles boot, StoreView view, CgroupFiles files) {
    return new MachinePlan(
        root,
        view.inStore(boot.kernel()),
        view.inStore(boot.initial()),
        spec.processors(Runtime.getRuntime().availableProcessors()),
        spec.guestMemoryBytes(),
        spec.network(),
        BOOT_TIMEOUT.toMillis(),
        files.writes(spec.hostCaps()));
  }
}
