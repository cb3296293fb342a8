package dev.stepbox.isolation.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.BindMount;
import dev.stepbox.isolation.BindMount.Access;
import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.Golden;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.SandboxSpec.Nesting;
import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.SandboxSpec.Terminal;
import dev.stepbox.isolation.StepFile;
import dev.stepbox.isolation.StepUser;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.plan.RunPlan.RuntimePlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunPlannerTest {
  private static final Path STORE = Path.of("/home/user/store");
  private static final Path RUN = STORE.resolve("builds/1/run");
  private static final List<Path> WRITES =
      List.of(STORE.resolve("upper/root"), STORE.resolve("upper/workspace"));

  private static final CgroupFiles SEPARATE =
      new CgroupFiles(
          Version.V1,
          new TreeMap<>(
              Map.of(
                  "cpu", "cpu", "cpuacct", "cpu", "memory", "memory", "swap", "memory", "pids",
                  "pids")));

  private static final CgroupFiles UNIFIED =
      new CgroupFiles(
          Version.V2,
          new TreeMap<>(
              Map.of(
                  "cpu", "unified", "memory", "unified", "swap", "unified", "pids", "unified", "io",
                  "unified")));

  private final RunPlanner planner = planner(SEPARATE, 65536);

  @Test
  void theLeastStep() throws IOException {
    SandboxSpec spec = SandboxSpec.step("true", List.of("/bin/true")).build();
    Golden.assertSame("plans/least-step.txt", PlanText.of(planner.plan(spec, 1, WRITES)));
  }

  @Test
  void aStepWithEverything() throws IOException {
    Golden.assertSame(
        "plans/step-with-everything.txt", PlanText.of(planner.plan(everything(), 2, WRITES)));
  }

  @Test
  void theSameStepOnVersion2() throws IOException {
    Golden.assertSame(
        "plans/step-with-everything-on-v2.txt",
        PlanText.of(planner(UNIFIED, 65536).plan(everything(), 2, WRITES)));
  }

  @Test
  void theSameStepInAChroot() throws IOException {
    Golden.assertSame(
        "plans/step-with-everything-in-a-chroot.txt",
        PlanText.of(
            planner(CgroupFiles.watch(), 65536, null, RUN.resolve("chroots"))
                .plan(everything(), 2, WRITES)));
  }

  @Test
  void noStepNestsInAChroot() {
    SandboxSpec spec =
        SandboxSpec.step("podman", List.of("/bin/podman")).nesting(Nesting.ALLOWED).build();
    RunPlanner chroots = planner(CgroupFiles.watch(), 65536, null, RUN.resolve("chroots"));
    assertThatThrownBy(() -> chroots.plan(spec, 1, WRITES))
        .isInstanceOf(SandboxException.class)
        .hasMessageContainingAll("step 'podman'", "chroot", "stepbox doctor");
  }

  @Test
  void theSameStepThroughARuntime() throws IOException {
    RuntimeParts crun =
        new RuntimeParts(OciRuntime.CRUN, Path.of("/usr/bin/crun"), List.of(Path.of("/usr")));
    RunPlan plan = planner(SEPARATE, 65536, crun).plan(everything(), 2, WRITES);
    RuntimePlan runtime = Objects.requireNonNull(plan.runtime(), "it goes through crun");
    assertThat(String.join(" ", runtime.command()))
        .isEqualTo(
            "/runtime/crun --root /run/state --cgroup-manager=disabled run --detach"
                + " --bundle /run/bundle --pid-file /run/pid --console-socket /run/console step");
    assertThat(plan.process().environment()).isEmpty();
    assertThat(plan.toString()).doesNotContain("PATH=");
    String filter = ",\"seccomp\":" + SeccompRules.DEFAULT;
    assertThat(runtime.configuration()).contains(filter);
    Golden.assertSame(
        "plans/bundle-with-everything.json",
        runtime.configuration().replace(filter, "").replace(",\"", ",\n\"") + "\n");
  }

  @Test
  void onlyRootOfAStepHasCapabilities() {
    RuntimeParts runc = new RuntimeParts(OciRuntime.RUNC, Path.of("/usr/sbin/runc"), List.of());
    SandboxSpec spec = SandboxSpec.step("step", List.of("/bin/true")).build();
    RunPlan plan = planner(SEPARATE, 65536, runc).plan(spec, 1, WRITES);
    RuntimePlan runtime = Objects.requireNonNull(plan.runtime(), "it goes through runc");
    assertThat(runtime.configuration())
        .contains("\"effective\":[\"CAP_CHOWN\",", "\"ambient\":[]", "\"noNewPrivileges\":true");
    assertThat(runtime.command()).doesNotContain("--console-socket", "--cgroup-manager=disabled");
  }

  @Test
  void aStepWithNestingSeesCgroupsIdsAndTun() throws IOException {
    SandboxSpec spec =
        SandboxSpec.step("podman", List.of("/bin/podman")).nesting(Nesting.ALLOWED).build();
    Golden.assertSame("plans/step-with-nesting.txt", PlanText.of(planner.plan(spec, 1, WRITES)));
    Golden.assertSame(
        "plans/step-with-nesting-on-v2.txt",
        PlanText.of(planner(UNIFIED, 65536).plan(spec, 1, WRITES)));
    Golden.assertSame(
        "plans/step-with-nesting-in-a-guest.txt", PlanText.of(planner.planGuest(spec, 1, WRITES)));
  }

  @Test
  void theFileOfSubordinateIdsLeavesOutRoot() {
    assertThat(RunPlanner.NestingParts.subordinateIds(65536)).isEqualTo("root:1:65535\n");
    assertThat(RunPlanner.NestingParts.subordinateIds(1)).isEqualTo("root:1:0\n");
  }

  @Test
  void aUserThatIsNotMappedCannotRunAStep() {
    SandboxSpec spec =
        SandboxSpec.step("step", List.of("/bin/true"))
            .user(new StepUser(1000, 0, List.of()))
            .build();
    assertThatThrownBy(() -> planner(SEPARATE, 1).plan(spec, 1, WRITES))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.CANNOT_ISOLATE))
        .hasMessageContaining("user 1000")
        .hasMessageContaining("stepbox doctor");
  }

  @Test
  void theLastMappedUserCanRunAStep() {
    SandboxSpec spec =
        SandboxSpec.step("step", List.of("/bin/true"))
            .user(new StepUser(999, 999, List.of(999)))
            .build();
    assertThat(planner(SEPARATE, 1000).plan(spec, 1, WRITES).identity().uid()).isEqualTo(999);
  }

  @Test
  void aMountFromOutsideOfTheStoreIsRefused() {
    SandboxSpec spec =
        SandboxSpec.step("step", List.of("/bin/true"))
            .mounts(List.of(new BindMount(Path.of("/etc"), "/x", Access.READ_ONLY)))
            .build();
    assertThatThrownBy(() -> planner.plan(spec, 1, WRITES))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("'/etc'");
  }

  @Test
  void aMountThatClimbsOutOfTheStoreIsRefused() {
    SandboxSpec spec =
        SandboxSpec.step("step", List.of("/bin/true"))
            .mounts(List.of(new BindMount(STORE.resolve("../../other"), "/x", Access.READ_ONLY)))
            .build();
    assertThatThrownBy(() -> planner.plan(spec, 1, WRITES)).isInstanceOf(SandboxException.class);
  }

  private static SandboxSpec everything() {
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", "/usr/bin:/bin");
    environment.put("EMPTY", "");
    return SandboxSpec.step("everything", List.of("sh", "-c", "true"))
        .environment(environment)
        .workingDirectory("/workspace/sub")
        .user(new StepUser(1000, 100, List.of(4, 20)))
        .caps(new Caps(500, 256L << 20, 64, 1L << 30, 65_536L))
        .network(NetworkMode.HOST)
        .mounts(
            List.of(
                new BindMount(STORE.resolve("caches/m2"), "/root/.m2", Access.READ_WRITE),
                new BindMount(STORE.resolve("secret"), "/run/secret", Access.READ_ONLY)))
        .files(
            List.of(
                new StepFile("/tmp/step/script", "echo", 0755),
                new StepFile("/tmp/step/other", "text", 0644),
                new StepFile("/run/note", "text", 0600)))
        .terminal(new Terminal(80, 24))
        .timeout(Duration.ofMinutes(5))
        .grace(Duration.ofSeconds(3))
        .outputLimitBytes(1000)
        .privileges(Privileges.SETUID_PROGRAMS)
        .build();
  }

  private static RunPlanner planner(CgroupFiles files, int ids) {
    return planner(files, ids, null);
  }

  private static RunPlanner planner(CgroupFiles files, int ids, @Nullable RuntimeParts runtime) {
    return planner(files, ids, runtime, null);
  }

  private static RunPlanner planner(
      CgroupFiles files, int ids, @Nullable RuntimeParts runtime, @Nullable Path chroots) {
    return new RunPlanner(
        new RunPlanner.Machine(
            new StoreView(STORE, List.of(Path.of("/usr"))),
            new IdMap(
                IdMap.Writer.NEWUIDMAP,
                List.of(new IdMap.Line(0, 1000, 1), new IdMap.Line(1, 100000, ids)),
                List.of(new IdMap.Line(0, 100, 1), new IdMap.Line(1, 200000, ids)),
                1),
            files,
            524288,
            RUN.resolve("steps"),
            chroots,
            RUN.resolve("resolv.conf"),
            runtime,
            new RunPlanner.NestingParts(RUN.resolve("subordinate-ids"), true)));
  }
}
