package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherBinaryTest {
  private static final String ARCHITECTURE = System.getProperty("os.arch");

  @TempDir private Path directory;

  @Test
  void theLauncherIsCopiedOnceAndOnlyToBeRead() throws IOException {
    Path binary = LauncherBinary.in(directory, ARCHITECTURE);
    assertThat(directory.relativize(binary).getName(0).toString()).matches("[0-9a-f]{64}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(binary)))
        .isEqualTo("r-xr-xr-x");
    Object inode = Files.getAttribute(binary, "unix:ino");
    assertThat(LauncherBinary.in(directory, ARCHITECTURE)).isEqualTo(binary);
    assertThat(Files.getAttribute(binary, "unix:ino")).isEqualTo(inode);
    try (var files = Files.list(binary.resolveSibling(""))) {
      assertThat(files).containsExactly(binary);
    }
  }

  @Test
  void aLinkInThePlaceOfTheLauncherIsNotExecuted() throws IOException {
    Path binary = LauncherBinary.in(directory, ARCHITECTURE);
    Files.delete(binary);
    Files.createSymbolicLink(binary, Path.of("/bin/true"));
    LauncherBinary.in(directory, ARCHITECTURE);
    assertThat(binary).isRegularFile().isNotEqualTo(Path.of("/bin/true"));
    assertThat(Files.isSymbolicLink(binary)).isFalse();
  }

  @Test
  void whatACrashLeftInTheWayIsReplaced() throws IOException {
    Path binary = LauncherBinary.in(directory, ARCHITECTURE);
    Files.delete(binary);
    Path half = binary.resolveSibling("stepbox-launcher." + ProcessHandle.current().pid());
    Files.writeString(half, "half");
    assertThat(LauncherBinary.in(directory, ARCHITECTURE)).isEqualTo(binary);
    assertThat(half).doesNotExist();
  }

  @Test
  void whatAPowerCutLeftEmptyIsCopiedAgain() throws IOException {
    Path binary = LauncherBinary.in(directory, ARCHITECTURE);
    long size = Files.size(binary);
    Files.delete(binary);
    Files.createFile(
        binary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
    LauncherBinary.in(directory, ARCHITECTURE);
    assertThat(binary).hasSize(size);
  }

  @Test
  void anArchitectureWithoutALauncherIsTold() {
    assertThatThrownBy(() -> LauncherBinary.in(directory, "pdp11"))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.LAUNCHER_UNUSABLE))
        .hasMessageContaining("pdp11");
  }

  @Test
  void aDirectoryThatCannotBeMadeIsTold() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> LauncherBinary.in(file, ARCHITECTURE))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("STEPBOX_HOME");
  }
}
