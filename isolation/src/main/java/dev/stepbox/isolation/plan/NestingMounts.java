package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.plan.MountOperation.Flag;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a step with nesting sees beyond what others see. */
final class NestingMounts {
  private static final String SYS = "sys";
  private static final String CGROUPS = "sys/fs/cgroup";
  private static final String TUN = "/dev/net/tun";
  private static final long SYS_BYTES = 64 * 1024;
  private static final int MODE = 0755;

  private static final Set<Flag> PLAIN = EnumSet.of(Flag.NOSUID, Flag.NODEV, Flag.NOEXEC);

  private NestingMounts() {}

  /**
   * The mounts.
   *
   * @param subordinateIds the file for {@code /etc/subuid} and {@code /etc/subgid}, in the
   *     launcher's view
   * @param hasTun whether there is a device to show
   * @param cgroups where the step's cgroup is
   */
  static List<MountOperation> of(String subordinateIds, boolean hasTun, CgroupFiles cgroups) {
    List<MountOperation> mounts = new ArrayList<>();
    for (String file : List.of("etc/subuid", "etc/subgid")) {
      mounts.add(
          new MountOperation.Bind(
              subordinateIds,
              file,
              EnumSet.of(Flag.READ_ONLY, Flag.NOSUID, Flag.NODEV, Flag.MAKE)));
    }
    if (hasTun) {
      mounts.add(new MountOperation.Bind(TUN, TUN.substring(1), EnumSet.of(Flag.MAKE)));
    }
    switch (cgroups.version()) {
      case NONE, WATCH -> {}
      case V1 -> {
        addPlace(mounts);
        // Where crun writes down its rules for devices, which a user namespace has none of.
        mounts.add(new MountOperation.Directory(CGROUPS + "/devices", MODE));
        addSeparate(mounts, cgroups);
      }
      case V2 -> {
        addPlace(mounts);
        mounts.add(new MountOperation.Cgroup(CGROUPS, List.of()));
      }
    }
    return mounts;
  }

  private static void addPlace(List<MountOperation> mounts) {
    mounts.add(new MountOperation.Tmpfs(SYS, SYS_BYTES, MODE, PLAIN));
    mounts.add(new MountOperation.Directory("sys/fs", MODE));
    mounts.add(new MountOperation.Directory(CGROUPS, MODE));
  }

  /** Controllers that are mounted together outside are so inside. */
  private static void addSeparate(List<MountOperation> mounts, CgroupFiles cgroups) {
    for (String hierarchy : new TreeSet<>(cgroups.hierarchies().values())) {
      List<String> controllers =
          cgroups.hierarchies().entrySet().stream()
              .filter(each -> each.getValue().equals(hierarchy))
              .map(each -> each.getKey())
              .filter(controller -> !controller.equals(CgroupFiles.SWAP))
              .toList();
      String target = CGROUPS + "/" + String.join(",", controllers);
      mounts.add(new MountOperation.Directory(target, MODE));
      mounts.add(new MountOperation.Cgroup(target, controllers));
    }
  }
}
