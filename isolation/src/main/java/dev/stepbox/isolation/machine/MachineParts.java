package dev.stepbox.isolation.machine;

import java.nio.file.Path;
import java.util.List;

/**
 * What this machine has to make virtual machines of.
 *
 * @param emulator {@code qemu-system-x86_64}
 * @param fileServer {@code virtiofsd}
 * @param kernel for the guest
 * @param kvm the device that makes machines fast, where it works
 * @param libraries directories with the programs and libraries of the host, absolute
 */
public record MachineParts(
    Path emulator, Path fileServer, GuestKernel kernel, Path kvm, List<Path> libraries) {
  public MachineParts {
    libraries = List.copyOf(libraries);
  }
}
