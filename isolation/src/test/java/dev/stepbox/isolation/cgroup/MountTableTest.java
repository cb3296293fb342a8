package dev.stepbox.isolation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.cgroup.MountTable.Mount;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MountTableTest {
  private static final String TEXT =
      """
      22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
      31 22 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
      32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
      40 22 0:50 /sub /home/with\\040blank rw,noexec shared:1 master:2 - tmpfs tmpfs rw
      41 22 0:51 / / rw - overlay overlay rw,lowerdir=/a
      nonsense
      50 22 0:52 / /short rw
      """;

  private final MountTable table = MountTable.parse(TEXT);

  @Test
  void linesThatAreNotUnderstoodAreLeftOut() {
    assertThat(table.mounts()).hasSize(5);
  }

  @Test
  void optionsOfTheMountAndOfTheFileSystemAreKeptApart() {
    assertThat(table.mounts().get(2))
        .isEqualTo(
            new Mount(
                "/",
                Path.of("/sys/fs/cgroup/cpu,cpuacct"),
                Set.of("rw", "nosuid"),
                "cgroup",
                Set.of("rw", "cpu", "cpuacct")));
  }

  @Test
  void blanksInPathsAreUnescaped() {
    Mount mount = table.of(Path.of("/home/with blank/file")).orElseThrow();
    assertThat(mount.root()).isEqualTo("/sub");
    assertThat(mount.options()).contains("noexec");
  }

  @Test
  void namesThatAreNotAsciiArePathsOfTheirBytes() {
    Path point =
        MountTable.parse("40 22 0:50 / /media/Gr\u00f6\u00dfe rw - tmpfs tmpfs rw")
            .mounts()
            .getFirst()
            .point();
    assertThat(point.toUri().getRawPath()).isEqualTo("/media/Gr%C3%B6%C3%9Fe");
  }

  @Test
  void thePathBelongsToTheDeepestAndLatestMount() {
    assertThat(table.of(Path.of("/etc/passwd")).orElseThrow().type()).isEqualTo("overlay");
    assertThat(table.of(Path.of("/sys/fs/cgroup/x")).orElseThrow().type()).isEqualTo("tmpfs");
  }

  @Test
  void aMountBelowADirectoryIsSeenAndOneAtTheDirectoryItselfIsNot() {
    assertThat(table.hasMountsBelow(Path.of("/home"))).isTrue();
    assertThat(table.hasMountsBelow(Path.of("/home/with blank"))).isFalse();
    assertThat(table.hasMountsBelow(Path.of("/hom"))).isFalse();
  }
}
