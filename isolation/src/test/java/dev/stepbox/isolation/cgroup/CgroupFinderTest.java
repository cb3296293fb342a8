package dev.stepbox.isolation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.Cap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories stand for cgroups: what is there and writable is all that the finder looks at. */
class CgroupFinderTest {
  @TempDir private Path sys;

  @Test
  void withoutCgroupsThereIsNone() {
    CgroupHome home = finder("", "", null).find();
    assertThat(home).isEqualTo(new CgroupHome.None("no cgroup file system is mounted"));
    assertThat(home.enforceable()).containsExactly(Cap.DISK);
  }

  @Test
  void separateHierarchiesGiveTheOwnCgroupFirst() throws IOException {
    Path own = Files.createDirectories(sys.resolve("memory/service/job"));
    Files.createDirectories(sys.resolve("memory/builder"));
    CgroupHome home = finder(separate("memory", "memory"), "4:memory:/service/job\n", null).find();
    assertThat(home)
        .isInstanceOfSatisfying(
            CgroupHome.V1.class, v1 -> assertThat(v1.directories()).containsEntry("memory", own));
    assertThat(home.enforceable()).containsExactlyInAnyOrder(Cap.MEMORY, Cap.DISK);
  }

  @Test
  void separateHierarchiesGiveTheDirectoryNamedAfterTheUser() throws IOException {
    Path given = Files.createDirectories(sys.resolve("pids/builder"));
    CgroupHome home = finder(separate("pids", "pids"), "8:pids:/elsewhere\n", null).find();
    assertThat(home)
        .isInstanceOfSatisfying(
            CgroupHome.V1.class, v1 -> assertThat(v1.directories()).containsEntry("pids", given));
  }

  @Test
  void controllersMountedTogetherShareADirectory() throws IOException {
    Path given = Files.createDirectories(sys.resolve("cpu,cpuacct/builder"));
    CgroupHome home =
        finder(separate("cpu,cpuacct", "cpu,cpuacct"), "3:cpu,cpuacct:/x\n", null).find();
    assertThat(home)
        .isInstanceOfSatisfying(
            CgroupHome.V1.class,
            v1 ->
                assertThat(v1.directories())
                    .containsEntry("cpu", given)
                    .containsEntry("cpuacct", given));
  }

  @Test
  void aMountOfAPartOfTheHierarchyIsUnderstood() throws IOException {
    Path own = Files.createDirectories(sys.resolve("memory/job"));
    String mount =
        "32 31 0:29 /docker/1 %s rw - cgroup cgroup rw,memory\n".formatted(sys.resolve("memory"));
    CgroupHome home = finder(mount, "4:memory:/docker/1/job\n", null).find();
    assertThat(home)
        .isInstanceOfSatisfying(
            CgroupHome.V1.class, v1 -> assertThat(v1.directories()).containsEntry("memory", own));
  }

  @Test
  void theUnifiedHierarchyGivesTheNearestInnerCgroupWithControllers() throws IOException {
    Path inner = cgroup("user/delegated", "cpu memory pids", "cpu memory pids", "");
    cgroup("user/delegated/shell", "cpu memory pids", "", "4711\n");
    CgroupHome home = finder(unified(), "0::/user/delegated/shell\n", null).find();
    assertThat(home).isEqualTo(new CgroupHome.V2(inner, Set.of("cpu", "memory", "pids"), false));
    assertThat(home.enforceable()).containsExactlyInAnyOrder(Cap.values());
  }

  @Test
  void anEmptyInnerCgroupCanBeGivenItsControllers() throws IOException {
    Path inner = cgroup("user/delegated", "cpu hugetlb pids", "", "");
    cgroup("user/delegated/shell", "", "", "4711\n");
    assertThat(finder(unified(), "0::/user/delegated/shell\n", null).find())
        .isEqualTo(new CgroupHome.V2(inner, Set.of("cpu", "pids"), false));
  }

  @Test
  void aDelegatedCgroupThatThisProcessSitsInIsAHomeToBeVacated() throws IOException {
    Path own = cgroup("service", "cpu memory pids", "", "4711\n");
    assertThat(finder(unified(), "0::/service\n", null).find())
        .isEqualTo(new CgroupHome.V2(own, Set.of("cpu", "memory", "pids"), true));
  }

  @Test
  void noProcessIsMovedWhereTheUsersSystemdCanMakeAScope() throws IOException {
    cgroup("service", "memory pids", "", "4711\n");
    cgroup("manager", "memory pids", "memory pids", "");
    CgroupFinder.ScopeMaker maker =
        new CgroupFinder.ScopeMaker(Path.of("/usr/bin/systemd-run"), "/manager");
    assertThat(finder(unified(), "0::/service\n", maker).find())
        .isInstanceOf(CgroupHome.Scope.class);
  }

  @Test
  void anOuterCgroupWithMoreControllersIsPreferred() throws IOException {
    cgroup("", "cpu memory pids", "cpu memory pids", "1\n");
    Path user = cgroup("user", "cpu memory pids", "memory pids", "");
    cgroup("user/root", "memory pids", "memory pids", "");
    cgroup("user/root/session", "memory pids", "", "4711\n");
    assertThat(finder(unified(), "0::/user/root/session\n", null).find())
        .isEqualTo(new CgroupHome.V2(user, Set.of("cpu", "memory", "pids"), false));
  }

  @Test
  void aCgroupThatCannotBeEnteredIsNoHome() throws IOException {
    Path own = cgroup("session", "cpu memory pids", "", "4711\n");
    Files.delete(own.resolve("cgroup.procs"));
    assertThat(finder(unified(), "0::/session\n", null).find()).isInstanceOf(CgroupHome.None.class);
  }

  @Test
  void withoutADelegatedCgroupTheUsersSystemdMakesAScope() throws IOException {
    Files.createDirectories(sys.resolve("unified/session"));
    cgroup("manager", "memory pids", "memory pids", "");
    Files.setPosixFilePermissions(
        sys.resolve("unified/session"), PosixFilePermissions.fromString("r-xr-xr-x"));
    Path program = Path.of("/usr/bin/systemd-run");
    CgroupHome home =
        finder(unified(), "0::/session\n", new CgroupFinder.ScopeMaker(program, "/manager")).find();
    assertThat(home)
        .isEqualTo(new CgroupHome.Scope(program, sys.resolve("unified"), Set.of("memory", "pids")));
  }

  @Test
  void aHybridMachineUsesTheSeparateHierarchies() throws IOException {
    Path given = Files.createDirectories(sys.resolve("memory/builder"));
    cgroup("", "hugetlb", "", "1\n");
    CgroupHome home =
        finder(unified() + separate("memory", "memory"), "4:memory:/x\n0::/\n", null).find();
    assertThat(home)
        .isInstanceOfSatisfying(
            CgroupHome.V1.class, v1 -> assertThat(v1.directories()).containsEntry("memory", given));
  }

  private CgroupFinder finder(
      String mountInfo, String cgroup, CgroupFinder.@Nullable ScopeMaker scopeMaker) {
    return new CgroupFinder(mountInfo, cgroup, "builder", scopeMaker);
  }

  private String separate(String directory, String controllers) {
    return "32 31 0:29 / %s rw - cgroup cgroup rw,%s\n"
        .formatted(sys.resolve(directory), controllers);
  }

  private String unified() {
    return "41 31 0:38 / %s rw - cgroup2 cgroup2 rw\n".formatted(sys.resolve("unified"));
  }

  private Path cgroup(String path, String controllers, String subtreeControl, String procs)
      throws IOException {
    Path directory = Files.createDirectories(sys.resolve("unified").resolve(path));
    Files.writeString(directory.resolve("cgroup.controllers"), controllers + "\n");
    Files.writeString(directory.resolve("cgroup.subtree_control"), subtreeControl + "\n");
    Files.writeString(directory.resolve("cgroup.procs"), procs);
    if (!path.isEmpty()) {
      Files.writeString(directory.resolve("cgroup.events"), "populated 1\n");
    }
    return directory;
  }
}
