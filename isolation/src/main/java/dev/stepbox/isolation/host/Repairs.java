package dev.stepbox.isolation.host;

import dev.stepbox.isolation.host.DoctorReport.Check;
import dev.stepbox.isolation.host.DoctorReport.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What an administrator runs once so that this machine gives what a report misses. A pure function
 * of what was read; runs nothing. In a container there is nothing to run: who starts it gives more.
 */
public final class Repairs {
  private static final String PROFILE = "/etc/apparmor.d/stepbox";

  private final HostFiles host;
  private final Path launchers;
  private final List<String> commands = new ArrayList<>();

  private Repairs(HostFiles host, Path launchers) {
    this.host = host;
    this.launchers = launchers;
  }

  /**
   * Lines of a shell script for root; they outlive a boot, and change nothing when run again.
   *
   * @param report of the same machine
   * @param launchers the directory that the launcher is executed in
   */
  public static List<String> asRoot(HostFiles host, DoctorReport report, Path launchers) {
    Repairs repairs = new Repairs(host, launchers);
    if (Outside.of(host) == Outside.NONE) {
      report.checks().stream().filter(check -> check.status() != Status.OK).forEach(repairs::mend);
    }
    return List.copyOf(repairs.commands);
  }

  private void mend(Check check) {
    switch (check.name()) {
      case "user-namespaces" -> namespaces();
      case "subordinate-ids" -> ids();
      case "cgroups" -> cgroups();
      case "network" -> network();
      default -> {
        // The text of its remedy is all there is: another kernel, another file system.
      }
    }
  }

  private void namespaces() {
    set("kernel", "unprivileged_userns_clone", "0", "1");
    set("user", "max_user_namespaces", "0", "15000");
    if (Causes.is(host, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")) {
      // A profile for the launcher alone: the switch would free every program of every user.
      commands.add(
          "printf '%s\\n' 'abi <abi/4.0>,' 'include <tunables/global>' 'profile stepbox"
              + " \"%s/*/stepbox-launcher\" flags=(unconfined) {' '  userns,' '}' > %s"
                  .formatted(launchers, PROFILE));
      commands.add("apparmor_parser --replace " + PROFILE);
    }
  }

  private void set(String group, String name, String bad, String good) {
    if (Causes.is(host, "proc/sys/%s/%s".formatted(group, name), bad)) {
      String file = "/etc/sysctl.d/90-stepbox-%s.conf".formatted(name);
      commands.add("printf '%s.%s = %s\\n' > %s".formatted(group, name, good, file));
      commands.add("sysctl --load " + file);
    }
  }

  private void ids() {
    IdCauses.commands(host).forEach(commands::add);
  }

  private void cgroups() {
    if (Causes.hasSystemd(host)) {
      String directory = "/etc/systemd/system/user@.service.d";
      commands.add("mkdir -p " + directory);
      commands.add(
          "printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' > %s/delegate.conf"
              .formatted(directory));
      commands.add("systemctl daemon-reload # and then log in again");
    } else if (!Causes.cgroupMounts(host, "cgroup").isEmpty()) {
      Causes.cgroupMounts(host, "cgroup").stream()
          .filter(mount -> mount.options().contains("ro"))
          .forEach(mount -> commands.add("mount -o remount,bind,rw " + mount.point()));
      commands.add(
          "for c in cpu cpuacct memory pids; do mkdir -p /sys/fs/cgroup/$c/%1$s; chown -R %1$s"
                  .formatted(host.userName())
              + " /sys/fs/cgroup/$c/%1$s; done".formatted(host.userName()));
    }
  }

  private void network() {
    Path tun = host.root().resolve("dev/net/tun");
    if (!Files.exists(tun)) {
      commands.add("modprobe tun");
      commands.add("printf 'tun\\n' > /etc/modules-load.d/stepbox.conf");
    }
    if (!Files.isWritable(tun)) {
      commands.add("chmod 0666 /dev/net/tun");
      commands.add("printf 'z /dev/net/tun 0666\\n' > /etc/tmpfiles.d/stepbox.conf");
    }
    if (host.program("pasta").isEmpty() && host.program("slirp4netns").isEmpty()) {
      commands.add("apt-get install --yes passt");
    }
  }
}
