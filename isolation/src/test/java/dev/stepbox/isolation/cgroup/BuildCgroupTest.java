package dev.stepbox.isolation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildCgroupTest {
  @TempDir private Path sys;

  @Test
  void eachHierarchyGetsADirectory() throws IOException {
    Files.createDirectories(sys.resolve("memory"));
    Files.createDirectories(sys.resolve("pids"));
    BuildCgroup cgroup =
        BuildCgroup.create(
            new CgroupHome.V1(
                new TreeMap<>(
                    Map.of("memory", sys.resolve("memory"), "pids", sys.resolve("pids")))),
            "stepbox-1",
            null);
    assertThat(cgroup.directories())
        .containsOnly(
            Map.entry("memory", sys.resolve("memory/stepbox-1")),
            Map.entry("pids", sys.resolve("pids/stepbox-1")));
    assertThat(sys.resolve("memory/stepbox-1")).isDirectory();
  }

  @Test
  void swapIsCountedWhereTheKernelDoes() throws IOException {
    CgroupHome home = new CgroupHome.V1(new TreeMap<>(Map.of("memory", sys)));
    Path without = Files.createDirectory(sys.resolve("without"));
    Path with = Files.createDirectory(sys.resolve("with"));
    Files.createFile(without.resolve("memory.limit_in_bytes"));
    Files.createFile(with.resolve("memory.memsw.limit_in_bytes"));
    assertThat(BuildCgroup.create(home, "without", null).files().forgetsSwap()).isTrue();
    assertThat(BuildCgroup.create(home, "with", null).files().forgetsSwap()).isFalse();
    assertThat(BuildCgroup.none().files().forgetsSwap()).isFalse();
  }

  @Test
  void hierarchiesMountedTogetherAreNamedOnce() {
    BuildCgroup cgroup =
        BuildCgroup.in(
            new CgroupHome.V1(new TreeMap<>(Map.of("cpu", sys, "cpuacct", sys))), "stepbox-1");
    assertThat(cgroup.directories()).containsOnly(Map.entry("cpu", sys.resolve("stepbox-1")));
    assertThat(cgroup.files().hierarchies())
        .containsEntry("cpu", "cpu")
        .containsEntry("cpuacct", "cpu");
  }

  @Test
  void whatADeadBuildLeftIsUsedAgain() throws IOException {
    Files.createDirectories(sys.resolve("stepbox-1"));
    CgroupHome home = new CgroupHome.V1(new TreeMap<>(Map.of("pids", sys)));
    assertThat(BuildCgroup.create(home, "stepbox-1", null).directories()).hasSize(1);
  }

  @Test
  void aDirectoryThatCannotBeMadeIsAnErrorThatNamesIt() {
    CgroupHome home = new CgroupHome.V1(new TreeMap<>(Map.of("pids", sys.resolve("absent"))));
    assertThatThrownBy(() -> BuildCgroup.create(home, "stepbox-1", null))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("absent/stepbox-1");
  }

  @Test
  void controllersAreSwitchedOnDownToTheBuild() throws IOException {
    Files.writeString(sys.resolve("cgroup.subtree_control"), "memory\n");
    Path build = Files.createDirectory(sys.resolve("stepbox-1"));
    Files.writeString(build.resolve("cgroup.subtree_control"), "\n");
    BuildCgroup.create(new CgroupHome.V2(sys, Set.of("memory", "pids"), false), "stepbox-1", null);
    assertThat(sys.resolve("cgroup.subtree_control")).hasContent("+pids");
    assertThat(build.resolve("cgroup.subtree_control")).hasContent("+memory +pids");
  }

  @Test
  void inTheUnifiedHierarchyTheSupervisorHasACgroupOfTheBuild() throws IOException {
    Files.writeString(sys.resolve("cgroup.subtree_control"), "pids\n");
    Path build = Files.createDirectory(sys.resolve("stepbox-1"));
    Files.writeString(build.resolve("cgroup.subtree_control"), "pids\n");
    BuildCgroup cgroup =
        BuildCgroup.create(new CgroupHome.V2(sys, Set.of("pids"), false), "stepbox-1", null);
    assertThat(cgroup.supervisor()).contains(build.resolve("supervisor"));
    assertThat(build.resolve("supervisor")).isDirectory();
    assertThat(BuildCgroup.none().supervisor()).isEmpty();
  }

  @Test
  void removingTakesTheStepsToo() throws IOException, InterruptedException {
    Files.createDirectories(sys.resolve("pids/stepbox-1/step-1"));
    BuildCgroup.in(
            new CgroupHome.V1(new TreeMap<>(Map.of("pids", sys.resolve("pids")))), "stepbox-1")
        .remove();
    assertThat(sys.resolve("pids")).isEmptyDirectory();
  }
}
