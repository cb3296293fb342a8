package dev.stepbox.isolation.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.cgroup.MountTable;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostMountsTest {
  private static final String TEXT =
      """
      22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
      23 22 254:1 / /usr ro - squashfs /dev/vdb ro
      24 22 0:28 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw
      25 22 0:29 / /var/data rw - vfat /dev/vdc rw
      26 22 0:30 / /var/data rw - xfs /dev/vdd rw
      27 22 0:31 / /variable rw - tmpfs tmpfs rw
      28 22 0:32 / /home rw - ext4 /dev/vde rw
      """;

  @Test
  void mountsBelowTheDirectoriesCountAndThoseAtThemDoNot() {
    HostMounts mounts =
        HostMounts.below(List.of(Path.of("/usr"), Path.of("/var")), MountTable.parse(TEXT));

    assertThat(mounts.points()).containsExactly(Path.of("/var/data"), Path.of("/var/lib/lxcfs"));
  }

  @Test
  void theFileSystemThatIsSeenDecidesWhetherItCanBeShown() {
    HostMounts mounts = HostMounts.below(List.of(Path.of("/var")), MountTable.parse(TEXT));

    assertThat(mounts.unfit()).containsExactly(Path.of("/var/lib/lxcfs"));
  }
}
