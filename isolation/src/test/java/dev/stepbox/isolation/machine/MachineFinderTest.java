package dev.stepbox.isolation.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineFinderTest {
  @TempDir Path root;

  private void program(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "#!");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static void kernel(Path root, String version) throws IOException {
    Files.createDirectories(root.resolve("boot"));
    Files.createDirectories(root.resolve("lib/modules").resolve(version).resolve("kernel"));
    Files.writeString(root.resolve("boot/vmlinuz-" + version), "kernel");
  }

  @Test
  void everythingThatIsMissingIsToldAtOnce() {
    var finder = new MachineFinder(root, Map.of());
    assertThat(finder.missing()).hasSize(3);
    assertThatThrownBy(finder::require)
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("apt-get install qemu-system-x86")
        .hasMessageContaining("apt-get install virtiofsd")
        .hasMessageContaining("apt-get install linux-image-amd64");
  }

  @Test
  void theNewestWholeKernelIsTaken() throws IOException {
    program("usr/bin/qemu-system-x86_64");
    program("usr/lib/qemu/virtiofsd");
    kernel(root, "6.9.2-1-amd64");
    kernel(root, "6.10.1-1-amd64");
    Files.writeString(root.resolve("boot/vmlinuz-7.0.0"), "without modules");
    MachineParts parts = new MachineFinder(root, Map.of()).require();
    assertThat(parts.kernel().version()).isEqualTo("6.10.1-1-amd64");
    assertThat(parts.fileServer()).isEqualTo(root.resolve("usr/lib/qemu/virtiofsd"));
    assertThat(parts.kvm()).isEqualTo(Path.of("/dev/kvm"));
    assertThat(parts.libraries()).containsExactly(root.resolve("usr"), root.resolve("lib"));
  }

  @Test
  void aVariableNamesAnotherDevice() {
    var finder = new MachineFinder(root, Map.of(MachineFinder.KVM, "/dev/null"));
    assertThat(finder.kvm()).isEqualTo(Path.of("/dev/null"));
  }

  @Test
  void aVariableNamesAnotherPlaceOfTheKernel() throws IOException {
    Path other = Files.createDirectories(root.resolve("unpacked"));
    kernel(other, "6.1.0-1-cloud-amd64");
    var finder = new MachineFinder(root, Map.of(MachineFinder.KERNEL, other.toString()));
    assertThat(finder.kernel().orElseThrow().image())
        .isEqualTo(other.resolve("boot/vmlinuz-6.1.0-1-cloud-amd64"));
  }
}
