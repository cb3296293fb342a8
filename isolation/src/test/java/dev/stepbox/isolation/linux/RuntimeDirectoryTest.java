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

class RuntimeDirectoryTest {
  @TempDir private Path directory;

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void itIsMadeForThisUserAlone() throws IOException {
    Path made = directory.resolve("a/b");
    RuntimeDirectory.make(made);
    assertThat(mode(made)).isEqualTo("rwx------");
  }

  @Test
  void oneThatIsThereIsClosedToOthers() throws IOException {
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    RuntimeDirectory.make(open);
    assertThat(mode(open)).isEqualTo("rwx------");
  }

  @Test
  void aLinkIsRefusedAndWhatItPointsToIsLeftAlone() throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    assertThatThrownBy(() -> RuntimeDirectory.make(link))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.CANNOT_ISOLATE));
    assertThat(mode(target)).isEqualTo("rwxr-xr-x");
  }

  @Test
  void aFileIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> RuntimeDirectory.make(file)).isInstanceOf(SandboxException.class);
  }
}
