package dev.stepbox.isolation.host;

import dev.stepbox.isolation.cgroup.MountTable;
import dev.stepbox.isolation.cgroup.MountTable.Mount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from the system's own files why a namespace is refused. */
final class Causes {
  private static final Pattern SECCOMP = Pattern.compile("^Seccomp:\\s*(\\d)", Pattern.MULTILINE);
  private static final Path ROOT = Path.of("/");

  private static final String OUT_OF_A_CHROOT =
      "enter the directory as a container does, by pivot_root: 'sudo systemd-nspawn --directory"
          + " DIR' or 'bwrap --bind DIR / ...', not by chroot";

  private static final Cause CHROOT =
      new Cause(
          "this process runs in a chroot: to a process whose root is not that of its mount"
              + " namespace the kernel gives no user namespace (user_namespaces(7))",
          OUT_OF_A_CHROOT);

  private static final Cause PERHAPS_CHROOT =
      new Cause(
          "the kernel said EPERM, and no setting forbids namespaces: perhaps this process runs in a"
              + " chroot, where it makes none (user_namespaces(7)), or a security module forbids"
              + " them",
          "for a chroot: " + OUT_OF_A_CHROOT);

  private Causes() {}

  /** The first cause that there is a sign of. */
  static Optional<Cause> of(HostFiles host) {
    if (is(host, "proc/sys/kernel/unprivileged_userns_clone", "0")) {
      return Optional.of(
          new Cause(
              "the setting kernel.unprivileged_userns_clone is 0",
              "sudo sysctl -w kernel.unprivileged_userns_clone=1"));
    }
    if (is(host, "proc/sys/user/max_user_namespaces", "0")) {
      return Optional.of(
          new Cause(
              "the setting user.max_user_namespaces is 0",
              "sudo sysctl -w user.max_user_namespaces=15000"));
    }
    if (is(host, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")) {
      return Optional.of(
          new Cause(
              "AppArmor takes all powers from namespaces of ordinary users",
              "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"));
    }
    Matcher seccomp = SECCOMP.matcher(host.text("proc/self/status"));
    if (seccomp.find() && !seccomp.group(1).equals("0")) {
      return Optional.of(
          new Cause(
              "a seccomp filter lies over this process, as that of a container",
              Outside.of(host).allowNamespaces()));
    }
    return isInChroot(host) ? Optional.of(CHROOT) : Optional.empty();
  }

  /**
   * The kernel shows mounts below the root of the process: of a mere directory, none of its own.
   */
  private static boolean isInChroot(HostFiles host) {
    List<Mount> mounts = MountTable.parse(host.mountInfo()).mounts();
    return !mounts.isEmpty() && mounts.stream().noneMatch(mount -> mount.point().equals(ROOT));
  }

  /** What is left when the kernel gives no permission and no switch says why. */
  static Optional<Cause> ofRefusal(HostFiles host, String error) {
    Optional<Cause> cause = of(host);
    return cause.isEmpty() && error.equals("EPERM") ? Optional.of(PERHAPS_CHROOT) : cause;
  }

  static boolean is(HostFiles host, String file, String value) {
    return host.text(file).strip().equals(value);
  }

  /** Why no fresh {@code /proc} can be mounted. */
  static Optional<Cause> ofMaskedProc(HostFiles host) {
    boolean isMasked =
        MountTable.parse(host.mountInfo()).hasMountsBelow(host.root().resolve("proc"));
    return isMasked
        ? Optional.of(
            new Cause(
                "parts of this machine's /proc are covered by other mounts, as containers do",
                Outside.of(host).unmaskProc()))
        : of(host);
  }

  // ---- cgroups

  /** Why cgroups cannot be made, where it is more than that nobody handed one over. */
  static Optional<Cause> ofCgroups(HostFiles host) {
    List<Mount> hierarchies = cgroupMounts(host, "cgroup", "cgroup2");
    boolean isReadOnly =
        !hierarchies.isEmpty()
            && hierarchies.stream().allMatch(mount -> mount.options().contains("ro"));
    if (!isReadOnly) {
      return Optional.empty();
    }
    String whole = Outside.of(host).capWhole();
    return Optional.of(
        new Cause(
            "the cgroup file systems are mounted read-only, as in a container",
            whole.isEmpty()
                ? "mount them read-write; or run builds with --allow-unenforced-caps"
                : whole));
  }

  /** The hierarchies of some types that are in sight, each once. */
  static List<Mount> cgroupMounts(HostFiles host, String... types) {
    MountTable table = MountTable.parse(host.mountInfo());
    return table.mounts().stream()
        .filter(mount -> List.of(types).contains(mount.type()))
        .flatMap(mount -> table.of(mount.point()).stream())
        .distinct()
        .toList();
  }

  static boolean hasSystemd(HostFiles host) {
    return Files.isDirectory(host.root().resolve("run/systemd/system"));
  }

  static String cgroupRemedy(HostFiles host) {
    if (hasSystemd(host)) {
      return "sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu"
          + " cpuset io memory pids\\n' | sudo tee"
          + " /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl"
          + " daemon-reload, then log in again";
    }
    boolean isUnified =
        MountTable.parse(host.mountInfo()).mounts().stream()
            .noneMatch(mount -> mount.type().equals("cgroup"));
    if (isUnified) {
      return "as root: make a cgroup for the user, write '+cpu +memory +pids' into the"
          + " cgroup.subtree_control of it and of its parents, give it with its cgroup.procs and"
          + " cgroup.subtree_control to the user, and start the user's processes in a child of it";
    }
    return "for c in cpu cpuacct memory pids; do sudo mkdir -p /sys/fs/cgroup/$c/%1$s && sudo chown"
            .formatted(host.userName())
        + " -R %1$s /sys/fs/cgroup/$c/%1$s; done".formatted(host.userName());
  }
}
