package dev.stepbox.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HomeCheckTest {
  @TempDir private Path folder;

  @Test
  void aMissingHomeIsMadeForItsOwnerAlone() throws IOException {
    Path home = folder.resolve("a/b");
    HomeCheck.prepare(home);
    HomeCheck.prepare(home);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
        .isEqualTo("rwx------");
  }

  @Test
  void mendingMakesItClosesItAndThenHasNothingToDo() throws IOException {
    Path home = folder.resolve("a/b");
    assertThat(HomeCheck.mend(home)).singleElement().asString().startsWith("Made ");
    assertThat(HomeCheck.mend(home)).isEmpty();
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(HomeCheck.mend(home)).singleElement().asString().startsWith("Closed ");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
        .isEqualTo("rwx------");
    assertThat(HomeCheck.mend(Path.of("/proc/no/such/home"))).isEmpty();
  }

  @Test
  void aFileInItsPlaceIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> HomeCheck.prepare(file))
        .withMessageContaining("'%s' is not a directory", file)
        .satisfies(e -> assertThat(e.code()).isEqualTo(CliErrorCode.HOME))
        .satisfies(e -> assertThat(e.problems().getFirst().remedy()).contains("STEPBOX_HOME"));
  }

  @Test
  void aPlaceThatCannotHoldADirectoryIsNamed() {
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> HomeCheck.prepare(Path.of("/proc/no/such/home")))
        .withMessageStartingWith("cannot make the directory '/proc/no/such/home'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"overlay", "nfs4", "9p", "fuseblk"})
  void aFileSystemThatCannotHoldWriteLayersIsRefused(String type) {
    Problem problem = HomeCheck.fileSystemProblem(folder, type);
    assertThat(problem).isNotNull();
    assertThat(problem.message()).contains(folder.toString());
    assertThat(problem.remedy()).contains("ext4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs", "tmpfs", "zfs", "something new"})
  void anyOtherFileSystemIsTried(String type) {
    assertThat(HomeCheck.fileSystemProblem(folder, type)).isNull();
  }
}
