package dev.stepbox.isolation.host;

import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.cgroup.CgroupHome;
import dev.stepbox.isolation.host.DoctorReport.Check;
import dev.stepbox.isolation.host.DoctorReport.Shortfall;
import dev.stepbox.isolation.host.DoctorReport.Status;
import dev.stepbox.isolation.host.Probe.Result;
import dev.stepbox.isolation.machine.GuestKernel;
import dev.stepbox.isolation.machine.MachineFinder;
import dev.stepbox.isolation.plan.IdMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Explains what a machine offers: puts what the launcher tried beside what the system's own files
 * say, so that each missing thing has its cause and its remedy.
 */
public final class Doctor {
  private static final int KERNEL_MAJOR_MIN = 5;
  private static final int KERNEL_MINOR_MIN = 11;
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)");

  /** What a sandbox is made of, beside user namespaces and ids. */
  private static final Map<String, String> PARTS =
      Map.of(
          "mount", "mounts in a namespace",
          "overlay", "overlay file systems in a namespace",
          "overlay-whiteout", "whiteouts in an overlay",
          "overlay-opaque", "opaque directories in an overlay",
          "pid-namespace", "process namespaces",
          "network-namespace", "network namespaces",
          "pivot-root", "changing the root directory",
          "seccomp", "filters for system calls");

  private static final List<String> PART_ORDER =
      List.of(
          "mount",
          "overlay",
          "overlay-whiteout",
          "overlay-opaque",
          "pid-namespace",
          "network-namespace",
          "pivot-root",
          "seccomp");

  private final HostFiles host;
  private final Path store;
  private final Map<String, Probe> probes;

  /**
   * Explains one machine.
   *
   * @param store where layers and write layers are to be kept; need not exist
   * @param probes what the launcher found; empty when it could not be started
   */
  public Doctor(HostFiles host, Path store, List<Probe> probes) {
    this.host = host;
    this.store = store;
    this.probes = probes.stream().collect(Collectors.toMap(Probe::name, Function.identity()));
  }

  /** Everything, in the order in which things build on each other. */
  public DoctorReport examine() {
    CgroupHome home = host.cgroupFinder().find();
    List<Check> checks = new ArrayList<>();
    checks.add(kernel());
    checks.add(launcher());
    if (!probes.isEmpty()) {
      checks.add(userNamespaces());
    }
    Check storage = new StoreCheck(host, store).examine();
    if (probe("user-namespace").result() == Result.YES) {
      checks.add(ids());
      checks.add(proc());
      PART_ORDER.forEach(name -> checks.add(part(name, storage)));
      hostName().ifPresent(checks::add);
      checks.add(landlock());
    }
    checks.add(cgroups(home));
    checks.add(network());
    checks.add(storage);
    checks.add(hostImage());
    checks.add(machines());
    if (hasChrootsOnly()) {
      return DoctorReport.ofChroots(checks);
    }
    checks.add(runtimes());
    Set<Shortfall> shortfalls = EnumSet.noneOf(Shortfall.class);
    if (!home.enforceable().containsAll(EnumSet.allOf(Cap.class))) {
      shortfalls.add(Shortfall.CAPS);
    }
    if (probe("proc").result() != Result.YES) {
      shortfalls.add(Shortfall.PROC);
    }
    return DoctorReport.of(checks, shortfalls);
  }

  // ---- the kernel

  private Check kernel() {
    String release = host.text("proc/sys/kernel/osrelease").strip();
    Matcher version = RELEASE.matcher(release);
    if (version.lookingAt()) {
      int major = Integer.parseInt(version.group(1));
      int minor = Integer.parseInt(version.group(2));
      boolean isOld =
          major < KERNEL_MAJOR_MIN || (major == KERNEL_MAJOR_MIN && minor < KERNEL_MINOR_MIN);
      if (isOld) {
        return new Check(
            "kernel",
            Status.FAIL,
            "the kernel is %s".formatted(release),
            "ordinary users may mount overlay file systems since Linux 5.11",
            "boot a newer kernel");
      }
    }
    return Check.ok("kernel", "Linux " + release);
  }

  private Check launcher() {
    return probes.isEmpty()
        ? new Check(
            "launcher",
            Status.FAIL,
            "the launcher cannot be started",
            "it could not be copied to '%s', or not be executed there".formatted(store),
            "put STEPBOX_HOME on a file system that is writable and not mounted with noexec")
        : Check.ok("launcher", "the launcher can be started");
  }

  /** The launcher tries chroots only where it is refused a user namespace. */
  private boolean hasChrootsOnly() {
    return IdMaps.isRealRoot(host.idFacts()) && probe("chroot").result() == Result.YES;
  }

  private Check userNamespaces() {
    Probe probe = probe("user-namespace");
    if (hasChrootsOnly()) {
      Optional<Cause> cause = Causes.ofRefusal(host, probe.error());
      return new Check(
          "user-namespaces",
          Status.WARN,
          "user namespaces cannot be made: builds with --allow-chroot run steps in chroots, which"
              + " isolate less",
          cause.map(Cause::text).orElse(answer(probe)),
          cause.map(Cause::remedy).orElse("see what this process is started by"));
    }
    return probe.result() == Result.YES
        ? Check.ok("user-namespaces", "user namespaces can be made")
        : failed(
            "user-namespaces",
            "user namespaces cannot be made, so nothing else of a sandbox was tried",
            Causes.ofRefusal(host, probe.error()),
            probe);
  }

  private Check proc() {
    Probe probe = probe("proc");
    if (probe.result() == Result.YES) {
      return Check.ok("proc", "a fresh /proc can be mounted in a sandbox");
    }
    Optional<Cause> cause = Causes.ofMaskedProc(host);
    if (probe("proc-borrowed").result() == Result.YES) {
      return new Check(
          "proc",
          Status.WARN,
          "no fresh /proc can be mounted in a sandbox: steps see the processes of the container"
              + " around, and cannot look into them",
          cause.map(Cause::text).orElse(answer(probe)),
          cause.map(Cause::remedy).orElse("stop what covers parts of /proc"));
    }
    return failed("proc", "no fresh /proc can be mounted in a sandbox", cause, probe);
  }

  /** Told only where it is missing. */
  private Optional<Check> hostName() {
    Probe probe = probe("host-name");
    return probe.result() == Result.NO
        ? Optional.of(
            new Check(
                "host-name",
                Status.WARN,
                "steps see the host name that this process sees",
                "a container's filter for system calls refuses sethostname (%s)"
                    .formatted(probe.error()),
                Outside.of(host).allowNamespaces()))
        : Optional.empty();
  }

  /** No sandbox is made of it: said, since others need it. */
  private Check landlock() {
    Probe probe = probe("landlock");
    return Check.ok(
        "landlock",
        probe.result() == Result.YES
            ? "Landlock %s; no step here needs it".formatted(probe.text())
            : "this kernel has no Landlock (%s), and no step here needs it"
                .formatted(probe.error()));
  }

  private Check part(String name, Check storage) {
    Probe probe = probe(name);
    String what = PARTS.getOrDefault(name, name);
    return switch (probe.result()) {
      case YES -> Check.ok(name, what + ": ok");
      case NO, SKIPPED -> failed(name, what + ": refused", causeOf(name, storage), probe);
    };
  }

  /** Overlays are tried where the store is to be. */
  private Optional<Cause> causeOf(String name, Check storage) {
    return name.startsWith("overlay") && storage.status() == Status.FAIL
        ? Optional.of(new Cause(storage.cause(), storage.remedy()))
        : Causes.of(host);
  }

  private Probe probe(String name) {
    return probes.getOrDefault(
        name, new Probe(name, Result.SKIPPED, "0", "the launcher did not try it"));
  }

  private static Check failed(String name, String finding, Optional<Cause> cause, Probe probe) {
    return new Check(
        name,
        Status.FAIL,
        finding,
        cause.map(Cause::text).orElse(answer(probe)),
        cause.map(Cause::remedy).orElse("see the first failed check above"));
  }

  private static String answer(Probe probe) {
    return probe.result() == Result.SKIPPED
        ? "not tried, because something before it failed"
        : "the kernel said %s: %s".formatted(probe.error(), probe.text());
  }

  // ---- ids

  private Check ids() {
    IdMap ids = IdMaps.choose(host.idFacts());
    Probe probe = probe("id-map");
    if (ids.ids() > 1 && probe.result() == Result.NO) {
      return new Check(
          "subordinate-ids",
          Status.FAIL,
          "the subordinate ids cannot be mapped",
          "the helpers said %s: %s".formatted(probe.error(), probe.text()),
          IdCauses.helperRemedy(host));
    }
    if (ids.ids() > 1) {
      return Check.ok(
          "subordinate-ids",
          ids.ids() + " ids can be used in a sandbox, and this user's own is none of them");
    }
    Cause cause = IdCauses.ofOneId(host);
    return new Check(
        "subordinate-ids",
        Status.WARN,
        "only one id can be used in a sandbox, and it is this user's own: images with several users"
            + " will not work, and of what 'image: host' shows, steps may do to this user's files"
            + " what this user may",
        cause.text(),
        cause.remedy());
  }

  // ---- cgroups

  private Check cgroups(CgroupHome home) {
    Set<Cap> missing = EnumSet.allOf(Cap.class);
    missing.removeAll(home.enforceable());
    if (missing.isEmpty()) {
      return Check.ok("cgroups", "all caps can be enforced, %s".formatted(where(home)));
    }
    String names =
        missing.stream()
            .map(cap -> cap.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    Cause cause =
        Causes.ofCgroups(host)
            .orElseGet(() ->
                new Cause(
                    home instanceof CgroupHome.None none
                        ? none.reason()
                        : "the controllers for them are not delegated to this user",
                    Causes.cgroupRemedy(host)));
    return new Check(
        "cgroups",
        Status.WARN,
        "the caps on %s cannot be enforced".formatted(names),
        cause.text(),
        cause.remedy());
  }

  private static String where(CgroupHome home) {
    return switch (home) {
      case CgroupHome.V1 _ -> "by cgroups of version 1";
      case CgroupHome.V2 unified ->
          "by cgroups of version 2 in '%s'".formatted(unified.directory());
      case CgroupHome.Scope _ -> "by a scope of the user's systemd";
      case CgroupHome.None _, CgroupHome.Watch _ -> "without cgroups";
    };
  }

  // ---- network, store, host image

  private Check network() {
    if (host.egress().isPresent()) {
      return Check.ok(
          "network", "steps reach the outside through " + host.egress().get().program());
    }
    List<Cause> causes = new ArrayList<>();
    if (!Files.exists(host.root().resolve("dev/net/tun"))) {
      causes.add(new Cause("there is no /dev/net/tun", Outside.of(host).giveTun()));
    } else if (!Files.isWritable(host.root().resolve("dev/net/tun"))) {
      causes.add(
          new Cause("/dev/net/tun is not open to this user", "sudo chmod 0666 /dev/net/tun"));
    }
    if (host.program("pasta").isEmpty() && host.program("slirp4netns").isEmpty()) {
      causes.add(
          new Cause(
              "neither pasta nor slirp4netns is installed",
              Outside.of(host) == Outside.NONE
                  ? "sudo apt-get install passt"
                  : "add the package passt to the image of this container"));
    }
    String cause = causes.stream().map(Cause::text).collect(Collectors.joining("; "));
    String remedy = causes.stream().map(Cause::remedy).collect(Collectors.joining("; "));
    return new Check(
        "network", Status.WARN, "steps with 'network: build' reach nothing outside", cause, remedy);
  }

  /** Most builds need none: what is missing is told as less than there could be. */
  private Check machines() {
    List<MachineFinder.Missing> missing = host.machineFinder().missing();
    if (!missing.isEmpty()) {
      return new Check(
          "virtual-machines",
          Status.WARN,
          "stages with 'isolation: vm' cannot run",
          missing.stream().map(MachineFinder.Missing::what).collect(Collectors.joining("; ")),
          missing.stream().map(MachineFinder.Missing::remedy).collect(Collectors.joining(" ")));
    }
    String kernel = host.machineFinder().kernel().map(GuestKernel::version).orElse("");
    Probe kvm = probe("kvm");
    if (kvm.result() == Result.YES) {
      return Check.ok(
          "virtual-machines", "'isolation: vm' runs Linux %s, with KVM".formatted(kernel));
    }
    return new Check(
        "virtual-machines",
        Status.WARN,
        "'isolation: vm' runs Linux %s in emulation, several times slower".formatted(kernel),
        "KVM does not work in a build: %s: %s".formatted(kvm.error(), kvm.text()),
        kvm.error().equals("EACCES")
            ? "sudo setfacl --modify user:%s:rw %s (membership in its group is lost in a user"
                    .formatted(host.userName(), host.machineFinder().kvm())
                + " namespace)"
            : "sudo modprobe kvm_intel or kvm_amd; in a virtual machine, switch on its nested"
                + " virtualisation");
  }

  /** Nobody needs one who does not ask for it, so that what is missing is nothing to mend. */
  private Check runtimes() {
    String names =
        Stream.of(OciRuntime.values())
            .filter(runtime -> host.runtimeFinder().program(runtime).isPresent())
            .map(OciRuntime::program)
            .collect(Collectors.joining(" or "));
    if (names.isEmpty()) {
      return Check.ok("runtimes", "no program for '--runtime' is installed, and nothing needs one");
    }
    boolean isUsable = probe("proc").result() == Result.YES;
    return Check.ok(
        "runtimes",
        isUsable
            ? "'--runtime' can have %s make the containers".formatted(names)
            : "%s cannot make containers here, as a fresh /proc is needed for '--runtime'"
                .formatted(names));
  }

  private Check hostImage() {
    List<Path> directories = host.hostDirectories();
    HostMounts mounts = host.mountsBelow(directories);
    String finding = "'image: host' shows the programs of this machine";
    if (!mounts.points().isEmpty()) {
      List<Path> apart =
          directories.stream()
              .filter(
                  directory -> mounts.points().stream().anyMatch(at -> at.startsWith(directory)))
              .toList();
      finding +=
          "; other file systems are mounted in %s, so what is in them is shown one by one"
              .formatted(apart);
    }
    if (!mounts.unfit().isEmpty()) {
      finding += "; what cannot be shown is left out: " + mounts.unfit();
    }
    return Check.ok("host-image", finding);
  }
}
