package dev.stepbox.isolation.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class NamedPipesTest {
  private static final Instant TIME = Instant.parse("2026-11-23T10:00:00.123456789Z");
  private static final int TYPE = 0170000;
  private static final int PIPE = 0010000;

  @TempDir private Path directory;

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void aPipeHasItsPermissionsAndItsTime() throws IOException {
    Path pipe = directory.resolve("pipe");
    NamedPipes.make(pipe, 0666, TIME);
    assertThat(mode(pipe) & TYPE).isEqualTo(PIPE);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(pipe)))
        .as("whatever the mask of this process")
        .isEqualTo("rw-rw-rw-");
    assertThat(Files.getLastModifiedTime(pipe).toInstant()).isEqualTo(TIME);
    assertThat(directory)
        .isDirectoryContaining("glob:**/pipe")
        .isDirectoryNotContaining("glob:**.stepbox*");
  }

  @Test
  void bitsThatGivePowersDoNotComeAlong() throws IOException {
    Path pipe = directory.resolve("pipe");
    NamedPipes.make(pipe, 06755, TIME);
    assertThat(mode(pipe) & 07777).isEqualTo(0755);
  }

  @Test
  void aLinkOfTheNameIsReplacedAndNotFollowed() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), "mine");
    Path pipe = Files.createSymbolicLink(directory.resolve("pipe"), other);
    NamedPipes.make(pipe, 0600, TIME);
    assertThat(mode(pipe) & TYPE).isEqualTo(PIPE);
    assertThat(other).hasContent("mine");
  }

  @Test
  void whatTheSystemSaysIsTold() {
    Path pipe = directory.resolve("missing/pipe");
    assertThatThrownBy(() -> NamedPipes.make(pipe, 0600, TIME))
        .isInstanceOf(IOException.class)
        .hasMessage("mkfifo of '%s' failed: No such file or directory".formatted(pipe));
  }
}
