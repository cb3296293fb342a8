package dev.stepbox.isolation.machine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootFilesTest {
  @TempDir Path directory;
  private Path modules;
  private Path launcher;
  private GuestKernel kernel;

  @BeforeEach
  void make() throws IOException {
    modules = Files.createDirectories(directory.resolve("lib/modules/6.1.0"));
    Files.createDirectories(modules.resolve("kernel/drivers"));
    Path image = directory.resolve("vmlinuz");
    Files.writeString(image, "not packed");
    Path home = Files.createDirectories(directory.resolve("0123456789abcdef0123"));
    launcher = Files.writeString(home.resolve("stepbox-launcher"), "the launcher");
    kernel = new GuestKernel("6.1.0", image, modules);
  }

  private void module(String name, String depends) throws IOException {
    Files.writeString(
        modules.resolve("kernel/drivers").resolve(name + ".ko"),
        "ELF\0license=GPL\0depends=" + depends + "\0name=" + name + "\0",
        ISO_8859_1);
  }

  private void usualModules() throws IOException {
    module("virtio_pci", "virtio,virtio_ring");
    module("virtio_console", "virtio");
    module("virtiofs", "fuse,virtio");
    module("virtio", "");
    module("virtio_ring", "virtio");
    module("fuse", "");
    module("unused", "");
  }

  private List<String> order() throws IOException {
    return GuestModules.of(kernel).stream().map(path -> path.getFileName().toString()).toList();
  }

  @Test
  void modulesComeBehindThoseThatTheyNeed() throws IOException {
    usualModules();
    assertThat(order())
        .containsExactly(
            "virtio.ko",
            "virtio_ring.ko",
            "virtio_pci.ko",
            "virtio_console.ko",
            "fuse.ko",
            "virtiofs.ko");
  }

  @Test
  void whatDepmodFoundOutCountsBeforeTheModulesThemselves() throws IOException {
    usualModules();
    Files.writeString(
        modules.resolve("modules.dep"),
        """
        kernel/drivers/virtio_pci.ko: kernel/drivers/virtio.ko
        kernel/drivers/virtio.ko:
        """);
    assertThat(order().getFirst()).isEqualTo("virtio.ko");
    assertThat(order().get(1)).isEqualTo("virtio_pci.ko");
  }

  @Test
  void aModuleThatIsBuiltInNeedsNoFile() throws IOException {
    module("virtiofs", "");
    Files.writeString(
        modules.resolve("modules.builtin"),
        "kernel/drivers/virtio/virtio-pci.ko\nkernel/drivers/char/virtio_console.ko\n");
    assertThat(order()).containsExactly("virtiofs.ko");
  }

  @Test
  void aKernelWithoutTheFileSystemIsRefusedByName() throws IOException {
    module("virtio_pci", "");
    module("virtio_console", "");
    assertThatThrownBy(() -> GuestModules.of(kernel))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("no module 'virtiofs'");
  }

  @Test
  void filesAreMadeOnceForAKernelAndALauncher() throws Exception {
    usualModules();
    Path home = directory.resolve("machines");
    BootFiles first = BootFiles.in(home, kernel, launcher);
    assertThat(Files.readString(first.kernel())).isEqualTo("not packed");
    String initial = Files.readString(first.initial(), ISO_8859_1);
    assertThat(initial)
        .startsWith("070701")
        .contains("init\0", "the launcher", "modules/order\0", "virtio.ko\nvirtio_ring.ko\n")
        .doesNotContain("unused")
        .contains("TRAILER!!!");
    assertThat(initial.length() % 4).isZero();
    Files.writeString(first.initial(), "kept");
    assertThat(BootFiles.in(home, kernel, launcher)).isEqualTo(first);
    assertThat(Files.readString(first.initial())).isEqualTo("kept");
    try (var left = Files.list(home)) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void filesOfAnotherKernelGoAfterAWeek() throws Exception {
    usualModules();
    Path home = directory.resolve("machines");
    Path old = Files.createDirectories(home.resolve("1-5.10.0"));
    Path recent = Files.createDirectories(home.resolve("1-6.0.0"));
    Files.writeString(old.resolve("kernel"), "");
    Files.setLastModifiedTime(
        old, FileTime.fromMillis(System.currentTimeMillis() - Duration.ofDays(8).toMillis()));
    BootFiles.in(home, kernel, launcher);
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
  }

  @Test
  void aPackedKernelIsUnpacked() throws Exception {
    byte[] inner = "\u007fELF and the rest".getBytes(ISO_8859_1);
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(inner);
    }
    assertThat(KernelImage.bootable(image(packed.toByteArray()))).isEqualTo(inner);
  }

  @Test
  void anImageOfAnotherFormIsUsedAsItIs() throws Exception {
    byte[] damaged = image(new byte[] {0x1f, (byte) 0x8b, 0, 0, 0, 0});
    assertThat(KernelImage.bootable(damaged)).isSameAs(damaged);
    byte[] other = new byte[100];
    assertThat(KernelImage.bootable(other)).isSameAs(other);
    byte[] beyond = image(new byte[8]);
    ByteBuffer.wrap(beyond).order(ByteOrder.LITTLE_ENDIAN).putInt(0x24c, Integer.MAX_VALUE);
    assertThat(KernelImage.bootable(beyond)).isSameAs(beyond);
  }

  /** A vmlinuz of one sector of set-up code and the payload, followed by its size. */
  private static byte[] image(byte[] payload) {
    int base = 2 * 512;
    ByteBuffer image =
        ByteBuffer.allocate(base + payload.length + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1f1, (byte) 1);
    image.putInt(0x202, 0x53726448);
    image.putInt(0x248, 0);
    image.putInt(0x24c, payload.length + Integer.BYTES);
    image.put(base, payload);
    return image.array();
  }
}
