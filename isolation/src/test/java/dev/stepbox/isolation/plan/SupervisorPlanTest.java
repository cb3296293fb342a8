package dev.stepbox.isolation.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.machine.GuestKernel;
import dev.stepbox.isolation.machine.MachineParts;
import dev.stepbox.isolation.plan.IdMap.Line;
import dev.stepbox.isolation.plan.SupervisorPlan.Egress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SupervisorPlanTest {
  private static final StoreView VIEW = new StoreView(Path.of("/store"), List.of(Path.of("/usr")));
  private static final IdMap RANGE =
      new IdMap(
          IdMap.Writer.NEWUIDMAP,
          List.of(new Line(0, 1000, 1), new Line(1, 100000, 65536)),
          List.of(new Line(0, 100, 1), new Line(1, 200000, 65536)),
          1);

  @Test
  void everythingBecomesArguments() {
    SequencedMap<String, Path> directories = new LinkedHashMap<>();
    directories.put("cpu", Path.of("/cg/cpu/b"));
    directories.put("memory", Path.of("/cg/memory/b"));
    BuildCgroup cgroup =
        new BuildCgroup(Version.V1, directories, new CgroupFiles(Version.V1, new TreeMap<>()));
    SupervisorPlan plan =
        new SupervisorPlan(
            Path.of("/store/run/socket"),
            VIEW,
            RANGE,
            Path.of("/store/run/overrides"),
            cgroup,
            new Egress(Egress.Kind.PASTA, Path.of("/usr/bin/pasta")),
            null,
            null,
            Privileges.SETUID_PROGRAMS,
            null,
            2,
            Duration.ofSeconds(90));
    assertThat(String.join(" ", plan.arguments()))
        .isEqualTo(
            "supervise --socket /store/run/socket --store /store"
                + " --bind /usr:/host/usr:ro,nosuid,nodev"
                + " --id-map newuidmap --map-uid 0:1000:1 --map-uid 1:100000:65536"
                + " --map-gid 0:100:1 --map-gid 1:200000:65536 --step-zero 1"
                + " --step-files /store/run/overrides"
                + " --cgroup v1 --cgroup-dir cpu=/cg/cpu/b --cgroup-dir memory=/cg/memory/b"
                + " --egress pasta --egress-program /usr/bin/pasta"
                + " --allow-new-privileges --borrow-proc --slots 2 --orphan-timeout 90");
  }

  @Test
  void whatIsNotThereIsNotMentioned() {
    SupervisorPlan plan =
        new SupervisorPlan(
            Path.of("/store/run/socket"),
            new StoreView(Path.of("/store"), List.of()),
            new IdMap(
                IdMap.Writer.SINGLE,
                List.of(new Line(0, 1000, 1)),
                List.of(new Line(0, 1000, 1)),
                0),
            null,
            BuildCgroup.none(),
            null,
            null,
            null,
            Privileges.NO_NEW_PRIVILEGES,
            null,
            2,
            null);
    assertThat(String.join(" ", plan.arguments()))
        .isEqualTo(
            "supervise --socket /store/run/socket --store /store --id-map single"
                + " --map-uid 0:1000:1 --map-gid 0:1000:1 --step-zero 0 --borrow-proc --slots 2");
  }

  @Test
  void inChrootsNoIdIsMappedAndNoProcIsBorrowed() {
    SupervisorPlan plan =
        new SupervisorPlan(
            Path.of("/store/run/socket"),
            new StoreView(Path.of("/store"), List.of()),
            RANGE,
            null,
            BuildCgroup.none(),
            null,
            null,
            null,
            Privileges.NO_NEW_PRIVILEGES,
            new SupervisorPlan.Chroots(Path.of("/store/run/chroots"), 1900000000, 2000000000, 128),
            0,
            null);
    assertThat(String.join(" ", plan.arguments()))
        .isEqualTo(
            "supervise --socket /store/run/socket --store /store --chroots /store/run/chroots"
                + " --step-users 2000000000:128 --step-zero 1900000000 --slots 0");
  }

  @Test
  void aRuntimeIsShownWithTheLibrariesOfTheHost() {
    SupervisorPlan plan =
        new SupervisorPlan(
            Path.of("/store/run/socket"),
            VIEW,
            RANGE,
            null,
            BuildCgroup.none(),
            null,
            null,
            new RuntimeParts(
                OciRuntime.CRUN,
                Path.of("/opt/crun/bin/crun"),
                List.of(Path.of("/usr"), Path.of("/lib"))),
            Privileges.NO_NEW_PRIVILEGES,
            null,
            2,
            null);
    assertThat(plan.arguments())
        .containsSubsequence(
            "--runtime",
            "--bind",
            "/opt/crun/bin:/host/runtime:ro,nosuid,nodev",
            "--bind",
            "/usr:/host/machine/usr:ro,nosuid,nodev",
            "--bind",
            "/lib:/host/machine/lib:ro,nosuid,nodev");
  }

  @Test
  void machinesAreMadeOfWhatTheHostHas() {
    SupervisorPlan plan =
        new SupervisorPlan(
            Path.of("/store/run/socket"),
            VIEW,
            RANGE,
            null,
            BuildCgroup.none(),
            null,
            new MachineParts(
                Path.of("/usr/bin/qemu"),
                Path.of("/usr/lib/virtiofsd"),
                new GuestKernel("6.1", Path.of("/boot/vmlinuz-6.1"), Path.of("/lib/modules/6.1")),
                Path.of("/dev/other-kvm"),
                List.of(Path.of("/usr"))),
            null,
            Privileges.NO_NEW_PRIVILEGES,
            null,
            2,
            null);
    assertThat(String.join(" ", plan.arguments()))
        .contains(
            " --emulator /usr/bin/qemu --file-server /usr/lib/virtiofsd --kvm /dev/other-kvm"
                + " --bind /usr:/host/machine/usr:ro,nosuid,nodev ");
  }

  @Test
  void inTheUnifiedHierarchyTheSupervisorIsBornInItsOwnCgroup() {
    SequencedMap<String, Path> directories = new LinkedHashMap<>();
    directories.put("unified", Path.of("/cg/b"));
    BuildCgroup cgroup =
        new BuildCgroup(Version.V2, directories, new CgroupFiles(Version.V2, new TreeMap<>()));
    assertThat(SupervisorPlan.probeArguments(null, RANGE, cgroup, Path.of("/dev/null")))
        .containsSubsequence("probe", "--kvm", "/dev/null")
        .containsSubsequence(
            "--cgroup", "v2", "--cgroup-dir", "unified=/cg/b", "--own-cgroup", "/cg/b/supervisor");
  }

  @Test
  void idsOfStepsAreCountedOverAllLines() {
    assertThat(RANGE.ids()).isEqualTo(65536);
    assertThat(RANGE.outsideOfZero()).isEqualTo(1000);
    assertThat(RANGE.outsideOfGroupZero()).isEqualTo(100);
  }
}
