package dev.stepbox.isolation.host;

import dev.stepbox.isolation.cgroup.MountTable;
import dev.stepbox.isolation.cgroup.MountTable.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What is mounted below directories of the host. In a namespace of ordinary users such mounts are
 * locked to what they are mounted in, and the kernel takes no directory with one of them inside as
 * a lower directory of an overlay.
 *
 * @param points where something is mounted below the directories, sorted
 * @param unfit those of {@code points} whose file system is none for programs and their files, so
 *     that it cannot be a lower directory, or is better not seen
 */
public record HostMounts(List<Path> points, List<Path> unfit) {
  /** Other file systems compare names in ways of their own, or show the kernel. */
  private static final Set<String> FIT =
      Set.of(
          "9p",
          "bcachefs",
          "btrfs",
          "ceph",
          "erofs",
          "ext2",
          "ext3",
          "ext4",
          "f2fs",
          "jfs",
          "nfs",
          "nfs4",
          "overlay",
          "ramfs",
          "squashfs",
          "tmpfs",
          "virtiofs",
          "xfs",
          "zfs");

  public HostMounts {
    points = List.copyOf(points);
    unfit = List.copyOf(unfit);
  }

  static HostMounts below(List<Path> directories, MountTable table) {
    SortedSet<Path> points = new TreeSet<>();
    for (Mount mount : table.mounts()) {
      boolean isBelow =
          directories.stream()
              .anyMatch(directory ->
                  mount.point().startsWith(directory) && !mount.point().equals(directory));
      if (isBelow) {
        points.add(mount.point());
      }
    }
    List<Path> unfit = new ArrayList<>();
    for (Path point : points) {
      if (table.of(point).filter(mount -> FIT.contains(mount.type())).isEmpty()) {
        unfit.add(point);
      }
    }
    return new HostMounts(List.copyOf(points), unfit);
  }
}
