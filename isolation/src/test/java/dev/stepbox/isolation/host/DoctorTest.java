package dev.stepbox.isolation.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.host.DoctorReport.Check;
import dev.stepbox.isolation.host.DoctorReport.Rung;
import dev.stepbox.isolation.host.DoctorReport.Status;
import dev.stepbox.isolation.host.Probe.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory stands for the machine. */
class DoctorTest {
  private static final List<String> PROBES =
      List.of(
          "user-namespace",
          "id-map",
          "mount",
          "proc",
          "overlay",
          "overlay-whiteout",
          "overlay-opaque",
          "network-namespace",
          "pid-namespace",
          "seccomp",
          "pivot-root",
          "kvm");

  @TempDir private Path root;

  @BeforeEach
  void aGoodMachine() throws IOException {
    write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    write("proc/self/uid_map", "0 0 4294967295\n");
    write("proc/self/gid_map", "0 0 4294967295\n");
    status("");
    write("proc/self/cgroup", "0::/ann/shell\n");
    write("etc/subuid", "ann:100000:65536\n");
    write("etc/subgid", "ann:100000:65536\n");
    write("dev/net/tun", "");
    mounts("");
    cgroup("cg/ann", "cpu memory pids");
    cgroup("cg/ann/shell", "");
    executable("usr/libexec/virtiofsd");
    write("boot/vmlinuz-6.1.0-18-amd64", "");
    write("lib/modules/6.1.0-18-amd64/kernel/a.ko", "");
    for (String program : List.of("newuidmap", "newgidmap", "pasta", "qemu-system-x86_64")) {
      program(program);
    }
  }

  @Test
  void aGoodMachineIsOnTheHighestRung() {
    DoctorReport report = examine(allWork());
    assertThat(report.checks()).filteredOn(check -> check.status() != Status.OK).isEmpty();
    assertThat(report.rung()).isEqualTo(Rung.L3);
  }

  @Test
  void anOldKernelIsRefused() throws IOException {
    write("proc/sys/kernel/osrelease", "5.10.0-1\n");
    assertThat(examine(allWork()).rung()).isEqualTo(Rung.REFUSED);
    write("proc/sys/kernel/osrelease", "5.11.0-1\n");
    assertThat(examine(allWork()).rung()).isEqualTo(Rung.L3);
  }

  @Test
  void aLauncherThatCannotBeStartedIsTold() {
    Check check = check(examine(List.of()), "launcher");
    assertThat(check.status()).isEqualTo(Status.FAIL);
    assertThat(check.remedy()).contains("noexec");
  }

  @Test
  void theSettingsThatForbidNamespacesAreNamed() throws IOException {
    List<Probe> probes = without("user-namespace");
    status("Seccomp:\t2\n");
    assertThat(check(examine(probes), "user-namespaces").remedy()).contains("seccomp=unconfined");
    write("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    assertThat(check(examine(probes), "user-namespaces").remedy())
        .contains("kernel.apparmor_restrict_unprivileged_userns=0");
    write("proc/sys/user/max_user_namespaces", "0\n");
    assertThat(check(examine(probes), "user-namespaces").remedy())
        .contains("user.max_user_namespaces=");
    write("proc/sys/kernel/unprivileged_userns_clone", "0\n");
    assertThat(check(examine(probes), "user-namespaces").remedy())
        .contains("kernel.unprivileged_userns_clone=1");
    assertThat(examine(probes).rung()).isEqualTo(Rung.REFUSED);
  }

  @Test
  void aChrootIsToldFromAMachineThatForbidsNamespaces() throws IOException {
    write("proc/self/mountinfo", "61 1 0:6 / /proc rw - proc proc rw\n");
    Check check = check(examine(without("user-namespace")), "user-namespaces");
    assertThat(check.cause()).contains("runs in a chroot").contains("user_namespaces(7)");
    assertThat(check.remedy()).contains("systemd-nspawn", "not by chroot");
    assertThat(new HostFiles(root, "ann", Map.of()).namespaceAdvice("EPERM"))
        .contains(check.cause(), check.remedy());
  }

  @Test
  void whereNothingForbidsNamespacesAChrootIsOneOfTheCauses() {
    Check check = check(examine(without("user-namespace")), "user-namespaces");
    assertThat(check.cause()).contains("EPERM", "perhaps this process runs in a chroot");
    var host = new HostFiles(root, "ann", Map.of());
    assertThat(host.namespaceAdvice("EPERM")).contains(check.cause());
    assertThat(host.namespaceAdvice("ENOSPC")).startsWith("Allow user namespaces");
  }

  @Test
  void aStoreInMemoryIsToldWithWhatCountsAsMemory() throws IOException {
    assertStore("tmpfs", "rw", Status.WARN, "STEPBOX_HOME");
    assertThat(check(examine(allWork()), "store").cause()).contains("prints counts as its memory");
  }

  @Test
  void withoutASignOfACauseTheKernelsAnswerIsTold() {
    Check check = check(examine(without("pivot-root")), "pivot-root");
    assertThat(check.cause()).contains("EPERM").contains("not permitted");
  }

  @Test
  void aMaskedProcIsToldWithTheOptionThatUnmasksIt() throws IOException {
    mounts("60 1 0:5 / %s/proc/kcore rw - tmpfs tmpfs rw\n".formatted(root));
    Check check = check(examine(without("proc")), "proc");
    assertThat(check.remedy()).contains("systempaths=unconfined");
  }

  @Test
  void missingControllersAreAWarning() throws IOException {
    cgroup("cg/ann", "memory pids");
    DoctorReport report = examine(allWork());
    Check check = check(report, "cgroups");
    assertThat(check.status()).isEqualTo(Status.WARN);
    assertThat(check.finding()).contains("cpu").doesNotContain("memory");
    assertThat(report.rung()).isEqualTo(Rung.L2);
  }

  @Test
  void theRemedyForCgroupsFitsTheMachine() throws IOException {
    cgroup("cg/ann", "");
    assertThat(check(examine(allWork()), "cgroups").remedy()).contains("subtree_control");
    mounts("61 1 0:6 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    assertThat(check(examine(allWork()), "cgroups").remedy())
        .contains("chown")
        .contains("/sys/fs/cgroup/$c/ann");
    Files.createDirectories(root.resolve("run/systemd/system"));
    assertThat(check(examine(allWork()), "cgroups").remedy()).contains("delegate.conf");
  }

  @Test
  void theCauseOfAMissingNetworkIsTold() throws IOException {
    Files.delete(root.resolve("usr/bin/pasta"));
    assertThat(check(examine(allWork()), "network").remedy()).contains("passt");
    program("slirp4netns");
    assertThat(check(examine(allWork()), "network").status()).isEqualTo(Status.OK);
    Files.delete(root.resolve("dev/net/tun"));
    assertThat(check(examine(allWork()), "network").remedy()).contains("modprobe tun");
  }

  @Test
  void theFileSystemOfTheStoreIsLookedAt() throws IOException {
    assertStore("overlay", "rw", Status.FAIL, "volume");
    assertStore("nfs4", "rw", Status.FAIL, "STEPBOX_HOME");
    assertStore("tmpfs", "rw", Status.WARN, "STEPBOX_HOME");
    assertStore("ext4", "rw,noexec", Status.FAIL, "STEPBOX_HOME");
    assertStore("ext4", "ro", Status.FAIL, "STEPBOX_HOME");
    assertStore("xfs", "rw", Status.OK, "");
  }

  private void assertStore(String type, String options, Status status, String remedy)
      throws IOException {
    mounts("62 1 0:7 / %s/store %s - %s none rw\n".formatted(root, options, type));
    Check check = check(examine(allWork()), "store");
    assertThat(check.status()).as(type + " " + options).isEqualTo(status);
    assertThat(check.remedy()).contains(remedy);
  }

  @Test
  void directoriesOfTheHostWithMountsInThemAreTold() throws IOException {
    Files.createDirectories(root.resolve("var"));
    mounts("63 1 0:8 / %s/var/lib/docker rw - ext4 none rw\n".formatted(root));
    Check check = check(examine(allWork()), "host-image");
    assertThat(check.status()).isEqualTo(Status.OK);
    assertThat(check.finding()).contains("/var]").doesNotContain("left out");
  }

  @Test
  void mountsThatCannotBeShownAreTold() throws IOException {
    Files.createDirectories(root.resolve("opt"));
    mounts("63 1 0:8 / %s/opt/stick rw - vfat none rw\n".formatted(root));
    Check check = check(examine(allWork()), "host-image");
    assertThat(check.status()).isEqualTo(Status.OK);
    assertThat(check.finding()).contains("left out: [%s/opt/stick]".formatted(root));
  }

  @Test
  void theRemedyForMissingIdsIsBehindAllOthers() throws IOException {
    write("etc/subuid", "bob:100000:65536\n");
    write("etc/subgid", "bob:100000:65536\neve:165536:65536\n");
    assertThat(IdCauses.ofOneId(host()).text()).contains("'ann'");
    assertThat(IdCauses.ofOneId(host()).remedy())
        .isEqualTo("sudo usermod --add-subuids 231072-296607 --add-subgids 231072-296607 ann");
    Files.delete(root.resolve("usr/bin/newuidmap"));
    assertThat(IdCauses.ofOneId(host()).remedy()).contains("uidmap");
  }

  @Test
  void remediesAreThoseOfTheContainerAround() throws IOException {
    assertThat(Outside.of(host())).isEqualTo(Outside.NONE);
    write(".dockerenv", "");
    assertThat(Outside.of(host())).as("a file alone is no docker").isEqualTo(Outside.NONE);
    mounts("62 1 0:7 / %s/etc/hosts rw - ext4 none rw\n".formatted(root));
    assertThat(Outside.of(host())).isEqualTo(Outside.DOCKER);
    write("run/.containerenv", "");
    assertThat(Outside.of(host())).isEqualTo(Outside.PODMAN);
    assertThat(Outside.of(new HostFiles(root, "ann", Map.of("KUBERNETES_SERVICE_HOST", "x"))))
        .isEqualTo(Outside.KUBERNETES);
  }

  @Test
  void whatRootWouldRunFitsWhatIsMissing() throws IOException {
    assertThat(repairs(allWork())).isEmpty();
    write("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    assertThat(repairs(without("user-namespace")))
        .anyMatch(line -> line.contains("/launcher/*/stepbox-launcher\" flags=(unconfined)"))
        .contains("apparmor_parser --replace /etc/apparmor.d/stepbox");
    cgroup("cg/ann", "");
    Files.createDirectories(root.resolve("run/systemd/system"));
    assertThat(repairs(allWork())).anyMatch(line -> line.contains("Delegate=cpu"));
    write("run/.containerenv", "");
    assertThat(repairs(allWork())).as("in a container").isEmpty();
  }

  private List<String> repairs(List<Probe> probes) {
    return Repairs.asRoot(host(), examine(probes), Path.of("/launcher"));
  }

  @Test
  void helpersThatCannotWorkAreToldWithTheCause() throws IOException {
    Files.setAttribute(root.resolve("usr/bin/newuidmap"), "unix:mode", 04755);
    mounts("62 1 0:7 / %s/usr rw,nosuid - ext4 none rw\n".formatted(root));
    assertThat(IdCauses.helperRemedy(host())).contains("nosuid");
    mounts("");
    status("NoNewPrivs:\t1\n");
    assertThat(IdCauses.helperRemedy(host())).contains("allowPrivilegeEscalation");
    status("");
    write("proc/self/uid_map", "1000 1000 1\n");
    assertThat(IdCauses.helperRemedy(host())).contains("the id 0 in its map");
  }

  @Test
  void helpersWithoutTheirBitAreTold() {
    assertThat(IdCauses.helperRemedy(host())).contains("chmod u+s");
  }

  @Test
  void programsAreFoundAndLimitsHaveADefault() {
    assertThat(host().program("newuidmap")).contains(root.resolve("usr/bin/newuidmap"));
    assertThat(host().openFilesMax()).isEqualTo(4096);
  }

  @Test
  void withoutKvmMachinesAreEmulatedAndTheCauseIsTold() {
    List<Probe> probes = without("kvm");
    DoctorReport report = examine(probes);
    Check check = check(report, "virtual-machines");
    assertThat(check.status()).isEqualTo(Status.WARN);
    assertThat(check.finding()).contains("6.1.0-18-amd64 in emulation");
    assertThat(check.cause()).contains("EPERM");
    assertThat(check.remedy()).contains("modprobe kvm");
    assertThat(report.rung()).isEqualTo(Rung.L3);
    probes.replaceAll(probe ->
        probe.name().equals("kvm") ? new Probe("kvm", Result.NO, "EACCES", "/dev/kvm") : probe);
    assertThat(check(examine(probes), "virtual-machines").remedy())
        .startsWith("sudo setfacl --modify user:ann:rw /dev/kvm");
  }

  @Test
  void whatVirtualMachinesLackIsTold() throws IOException {
    assertThat(check(examine(allWork()), "virtual-machines").finding()).contains("with KVM");
    Files.delete(root.resolve("boot/vmlinuz-6.1.0-18-amd64"));
    Files.delete(root.resolve("usr/bin/qemu-system-x86_64"));
    Check check = check(examine(allWork()), "virtual-machines");
    assertThat(check.status()).isEqualTo(Status.WARN);
    assertThat(check.cause()).contains("no qemu-system-x86_64").contains("no kernel");
    assertThat(check.remedy()).contains("apt-get install linux-image-amd64", "STEPBOX_KERNEL");
  }

  @Test
  void runtimesAreToldWhereTheyAreAndCanBeUsed() throws IOException {
    assertThat(check(examine(allWork()), "runtimes").finding()).startsWith("no program for");
    program("crun");
    executable("usr/sbin/runc");
    assertThat(check(examine(allWork()), "runtimes").finding())
        .isEqualTo("'--runtime' can have crun or runc make the containers");
    Check check = check(examine(without("proc")), "runtimes");
    assertThat(check.finding()).startsWith("crun or runc cannot make containers here");
    assertThat(check.status()).isEqualTo(Status.OK);
  }

  // ---- the machine

  private HostFiles host() {
    return new HostFiles(root, "ann", Map.of());
  }

  private DoctorReport examine(List<Probe> probes) {
    return new Doctor(host(), root.resolve("store"), probes).examine();
  }

  private static Check check(DoctorReport report, String name) {
    return report.checks().stream()
        .filter(check -> check.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<Probe> allWork() {
    return PROBES.stream().map(name -> new Probe(name, Result.YES, "0", "")).toList();
  }

  private static List<Probe> without(String name) {
    List<Probe> probes = new ArrayList<>(allWork());
    probes.replaceAll(probe ->
        probe.name().equals(name)
            ? new Probe(name, Result.NO, "EPERM", "operation not permitted")
            : probe);
    return probes;
  }

  private void mounts(String more) throws IOException {
    write(
        "proc/self/mountinfo",
        "22 1 254:0 / / rw - ext4 /dev/vda rw\n41 22 0:38 / %s/cg rw - cgroup2 cgroup2 rw\n"
                .formatted(root)
            + more);
  }

  private void cgroup(String path, String controllers) throws IOException {
    write(path + "/cgroup.controllers", controllers);
    write(path + "/cgroup.subtree_control", controllers);
    write(path + "/cgroup.procs", path.endsWith("shell") ? "1\n" : "");
    write(path + "/cgroup.events", "populated 1\n");
  }

  private void status(String more) throws IOException {
    write(
        "proc/self/status", "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n" + more);
  }

  private void program(String name) throws IOException {
    executable("usr/bin/" + name);
  }

  private void executable(String path) throws IOException {
    write(path, "");
    Files.setPosixFilePermissions(root.resolve(path), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }
}
