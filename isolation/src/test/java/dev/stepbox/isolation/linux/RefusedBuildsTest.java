package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.host.HostFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds that do not begin; a directory stands for the machine. */
class RefusedBuildsTest {
  @TempDir private Path directory;

  @Test
  void aCapThatCannotBeEnforcedStopsTheBuildBeforeAnythingIsMade() throws IOException {
    Path machine = machineWithoutCgroups();
    Path store = directory.resolve("store");
    IsolationRequest request =
        IsolationRequest.in(store.resolve("run"), store)
            .caps(EnumSet.of(Cap.CPU, Cap.MEMORY, Cap.DISK))
            .build();
    LinuxSandboxes sandboxes =
        new LinuxSandboxes(
            new LinuxSandboxes.Settings(
                new HostFiles(machine, "ann", Map.of()),
                store.resolve("launcher"),
                store.resolve("runtime"),
                System.getProperty("os.arch"),
                null));
    assertThatThrownBy(() -> sandboxes.open(request))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.CAP_NOT_ENFORCEABLE))
        .hasMessageContaining("cpu, memory")
        .hasMessageNotContaining("disk")
        .hasMessageContaining("--allow-unenforced-caps");
    assertThat(store).doesNotExist();
  }

  private Path machineWithoutCgroups() throws IOException {
    Path machine = directory.resolve("machine");
    Path self = Files.createDirectories(machine.resolve("proc/self"));
    Files.writeString(self.resolve("mountinfo"), "22 1 254:0 / / rw - ext4 /dev/vda rw\n");
    Files.writeString(self.resolve("cgroup"), "0::/\n");
    Files.writeString(self.resolve("status"), "Uid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\n");
    Files.writeString(self.resolve("uid_map"), "0 0 4294967295\n");
    Files.writeString(self.resolve("gid_map"), "0 0 4294967295\n");
    return machine;
  }
}
