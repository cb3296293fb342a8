package dev.stepbox.isolation.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.plan.RuntimeParts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeFinderTest {
  @TempDir Path root;

  private RuntimeFinder finder(String path) {
    return new HostFiles(root, "me", Map.of("PATH", path)).runtimeFinder();
  }

  private Path program(String path) throws IOException {
    Path program = root.resolve(path);
    Files.createDirectories(program.getParent());
    Files.writeString(program, "#!/bin/sh\n");
    Files.setAttribute(program, "unix:mode", 0755);
    return program;
  }

  @Test
  void thatOfTheCallersPathComesFirst() throws IOException {
    program("usr/bin/crun");
    Path own = program("home/me/bin/crun");
    assertThat(finder("relative:/home/me/bin:/usr/bin").program(OciRuntime.CRUN)).contains(own);
  }

  @Test
  void programsOfAdministratorsAreFoundByOrdinaryUsers() throws IOException {
    Path runc = program("usr/sbin/runc");
    RuntimeParts parts = finder("/usr/bin:/bin").require(OciRuntime.RUNC);
    assertThat(parts.program()).isEqualTo(runc.toRealPath());
    assertThat(parts.libraries()).containsExactly(root.resolve("usr"));
  }

  @Test
  void aLinkIsFollowedToTheProgram() throws IOException {
    Path crun = program("usr/lib/crun/crun-1.8");
    Files.createDirectories(root.resolve("usr/bin"));
    Files.createSymbolicLink(root.resolve("usr/bin/crun"), crun);
    assertThat(finder("/usr/bin").require(OciRuntime.CRUN).program()).isEqualTo(crun.toRealPath());
  }

  @Test
  void oneThatIsNotInstalledIsToldWithItsPackage() {
    assertThatThrownBy(() -> finder("/usr/bin").require(OciRuntime.RUNC))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.CANNOT_ISOLATE))
        .hasMessageContaining("apt-get install runc");
  }

  @Test
  void whereProcIsBorrowedNoRuntimeIsStarted() {
    RuntimeFinder.refuseBorrowedProc(null);
    assertThatThrownBy(() -> RuntimeFinder.refuseBorrowedProc(OciRuntime.CRUN))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("no /proc of their own");
  }
}
