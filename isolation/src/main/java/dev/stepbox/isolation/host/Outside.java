package dev.stepbox.isolation.host;

import dev.stepbox.isolation.cgroup.MountTable;
import java.nio.file.Files;
import java.nio.file.Path;

/** The container that this process runs in, as far as its files tell; remedies differ by it. */
enum Outside {
  /** None that leaves a sign. */
  NONE(
      "start the outer container with '--security-opt seccomp=unconfined --security-opt"
          + " apparmor=unconfined --security-opt systempaths=unconfined'",
      "start the outer container with '--security-opt systempaths=unconfined' (docker) or"
          + " '--security-opt unmask=ALL' (podman)",
      "sudo modprobe tun; for a container, start it with '--device /dev/net/tun'",
      "; in a container, on a volume",
      ""),
  DOCKER(
      "start the container with 'docker run --security-opt seccomp=unconfined --security-opt"
          + " apparmor=unconfined --security-opt systempaths=unconfined'",
      "start the container with 'docker run --security-opt systempaths=unconfined'",
      "start the container with 'docker run --device /dev/net/tun'",
      "; or start the container with 'docker run --volume stepbox:/var/lib/stepbox --env"
          + " STEPBOX_HOME=/var/lib/stepbox'",
      "cap the container as a whole, 'docker run --memory 4g --cpus 2 --pids-limit 4096', and run"
          + " builds with --allow-unenforced-caps"),
  PODMAN(
      "start the container with 'podman run --security-opt seccomp=unconfined --security-opt"
          + " unmask=ALL'",
      "start the container with 'podman run --security-opt unmask=ALL'",
      "start the container with 'podman run --device /dev/net/tun'",
      "; or start the container with 'podman run --volume stepbox:/var/lib/stepbox --env"
          + " STEPBOX_HOME=/var/lib/stepbox'",
      "cap the container as a whole, 'podman run --memory 4g --cpus 2 --pids-limit 4096', and run"
          + " builds with --allow-unenforced-caps"),
  KUBERNETES(
      "give the pod 'hostUsers: false', and the container the securityContext 'seccompProfile:"
          + " {type: Unconfined}, appArmorProfile: {type: Unconfined}, procMount: Unmasked'",
      "give the pod 'hostUsers: false', and the container the securityContext 'procMount:"
          + " Unmasked'",
      "let a device plugin give the pod /dev/net/tun",
      "; or give the pod an emptyDir volume, and STEPBOX_HOME its mount path",
      "cap the container as a whole by its 'resources: limits', and run builds with"
          + " --allow-unenforced-caps");

  private final String allowNamespaces;
  private final String unmaskProc;
  private final String giveTun;
  private final String giveVolume;
  private final String capWhole;

  Outside(
      String allowNamespaces,
      String unmaskProc,
      String giveTun,
      String giveVolume,
      String capWhole) {
    this.allowNamespaces = allowNamespaces;
    this.unmaskProc = unmaskProc;
    this.giveTun = giveTun;
    this.giveVolume = giveVolume;
    this.capWhole = capWhole;
  }

  static Outside of(HostFiles host) {
    if (host.environment().containsKey("KUBERNETES_SERVICE_HOST")) {
      return KUBERNETES;
    }
    if (Files.exists(host.root().resolve("run/.containerenv"))) {
      return PODMAN;
    }
    return isDocker(host) ? DOCKER : NONE;
  }

  /** Machines whose disk was made from an image of docker have the file, but not the mount. */
  private static boolean isDocker(HostFiles host) {
    Path hosts = host.root().resolve("etc/hosts");
    return Files.exists(host.root().resolve(".dockerenv"))
        && MountTable.parse(host.mountInfo()).mounts().stream()
            .anyMatch(mount -> mount.point().equals(hosts));
  }

  /** How to lift the filter for system calls, with all that else stands in the way. */
  String allowNamespaces() {
    return allowNamespaces;
  }

  /** How to uncover {@code /proc}. */
  String unmaskProc() {
    return unmaskProc;
  }

  /** How to get {@code /dev/net/tun}. */
  String giveTun() {
    return giveTun;
  }

  /** How to get a file system for the store, as the end of a sentence. */
  String giveVolume() {
    return giveVolume;
  }

  /** What to do where cgroups may not be written; empty where there is no container. */
  String capWhole() {
    return capWhole;
  }
}
