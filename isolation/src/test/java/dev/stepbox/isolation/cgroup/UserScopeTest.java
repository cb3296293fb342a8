package dev.stepbox.isolation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.cgroup.CgroupHome.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserScopeTest {
  @TempDir private Path mount;

  @Test
  void systemdIsAskedForADelegatedScope() {
    assertThat(UserScope.prefix(scope(), "stepbox-1"))
        .startsWith("/usr/bin/systemd-run", "--user", "--scope")
        .contains("--unit=stepbox-1", "--property=Delegate=yes");
  }

  /** The shell script is run as it is; the mount is chosen so that our own cgroup lies in it. */
  @Test
  void theProgramIsPutIntoALeafAndToldWhereStepsGo() throws IOException, InterruptedException {
    Path own = ownCgroup();
    Files.createDirectories(own);
    List<String> prefix = UserScope.prefix(scope(), "stepbox-1");
    List<String> command =
        new ArrayList<>(prefix.subList(prefix.indexOf("/bin/sh"), prefix.size()));
    command.addAll(List.of("echo", "launcher", "--socket", "x"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(output)
        .endsWith("launcher --socket x --cgroup-dir unified=" + own.resolve("steps") + "\n");
    assertThat(own.resolve("supervisor/cgroup.procs")).isNotEmptyFile();
    assertThat(own.resolve("steps")).isDirectory();
  }

  private Path ownCgroup() throws IOException {
    String own =
        Membership.parse(Files.readString(Path.of("/proc/self/cgroup"))).unified().orElse("");
    return mount.resolve(own.substring(Math.min(1, own.length())));
  }

  @Test
  void theCgroupsAreBesideThatOfTheSupervisor() {
    BuildCgroup cgroup =
        UserScope.cgroup(scope(), "1:name=systemd:/x\n0::/user.slice/a.scope/supervisor\n");
    assertThat(cgroup.directories())
        .containsOnly(Map.entry("unified", mount.resolve("user.slice/a.scope/steps")));
    assertThat(cgroup.files().hierarchies()).containsOnlyKeys("memory", "pids");
  }

  private Scope scope() {
    return new Scope(Path.of("/usr/bin/systemd-run"), mount, Set.of("memory", "pids"));
  }
}
