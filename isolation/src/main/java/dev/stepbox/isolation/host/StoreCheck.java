package dev.stepbox.isolation.host;

import dev.stepbox.isolation.cgroup.MountTable;
import dev.stepbox.isolation.cgroup.MountTable.Mount;
import dev.stepbox.isolation.host.DoctorReport.Check;
import dev.stepbox.isolation.host.DoctorReport.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Whether layers can lie where the store is to be, and where else they could. */
final class StoreCheck {
  /** Hold the upper directory of an overlay and outlive a boot. */
  private static final Set<String> GOOD = Set.of("ext4", "xfs", "btrfs", "f2fs");

  private final HostFiles host;
  private final MountTable mounts;
  private final Path store;

  StoreCheck(HostFiles host, Path store) {
    this.host = host;
    this.mounts = MountTable.parse(host.mountInfo());
    this.store = store;
  }

  Check examine() {
    Optional<Mount> mount = mounts.of(store);
    if (mount.isEmpty()) {
      return Check.ok("store", "the store is at '%s'".formatted(store));
    }
    String type = mount.get().type();
    if (mount.get().options().contains("ro")) {
      return bad(Status.FAIL, "lies on a file system that is mounted read-only", "");
    }
    if (mount.get().options().contains("noexec")) {
      return bad(
          Status.FAIL,
          "lies on a file system that is mounted with noexec",
          "the launcher and the programs of images are executed there");
    }
    return switch (type) {
      case "overlay", "aufs", "ecryptfs" ->
          bad(
              Status.FAIL,
              "lies on a file system of type " + type,
              "the upper directory of an overlay cannot lie on such a file system");
      case "nfs", "nfs4", "cifs", "9p", "fuse", "fuse.sshfs", "vboxsf" ->
          bad(
              Status.FAIL,
              "lies on a file system of type " + type,
              "it has no user attributes or whiteouts, which overlays need");
      case "tmpfs" ->
          bad(
              Status.WARN,
              "lies in memory",
              "layers and write layers take memory, and are gone at the next boot; what a step"
                  + " writes and prints counts as its memory");
      default ->
          Check.ok(
              "store", "the store '%s' lies on a file system of type %s".formatted(store, type));
    };
  }

  private Check bad(Status status, String finding, String cause) {
    return new Check(
        "store", status, "the store '%s' %s".formatted(store, finding), cause, remedy());
  }

  private String remedy() {
    return elsewhere()
        .map(place ->
            "set STEPBOX_HOME=%s, which lies on %s"
                .formatted(place, mounts.of(place).map(Mount::type).orElse("another file system")))
        .orElse(
            "set STEPBOX_HOME to a directory on a local ext4, xfs or btrfs file system"
                + Outside.of(host).giveVolume());
  }

  /** The roomiest place that fits and that this user may write to. */
  private Optional<Path> elsewhere() {
    Set<Path> directories = new LinkedHashSet<>();
    mounts.mounts().stream()
        .map(Mount::point)
        .filter(point -> point.getNameCount() > 0)
        .forEach(directories::add);
    directories.add(host.root().resolve("var/tmp"));
    return directories.stream()
        .filter(this::fits)
        .max(Comparator.comparingLong(StoreCheck::room))
        .map(this::nameIn);
  }

  /** In a directory of everybody a name of this user's, so that two users do not meet. */
  private Path nameIn(Path directory) {
    boolean isShared = directory.equals(host.root().resolve("var/tmp"));
    return directory.resolve(isShared ? "stepbox-" + host.userName() : "stepbox");
  }

  private boolean fits(Path directory) {
    return mounts
            .of(directory)
            .filter(mount -> GOOD.contains(mount.type()))
            .filter(mount -> !mount.options().contains("ro"))
            .filter(mount -> !mount.options().contains("noexec"))
            .isPresent()
        && Files.isDirectory(directory)
        && Files.isWritable(directory);
  }

  private static long room(Path directory) {
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException ignored) {
      // What does not tell its size is the last choice.
      return 0;
    }
  }
}
