package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.RunPlanner;
import dev.stepbox.isolation.plan.StageMounts.Surroundings;
import dev.stepbox.isolation.plan.StoreView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor that listens and never answers, as one that is stuck in the kernel. */
@Timeout(60)
class SilentSupervisorTest {
  private static final Duration LIMIT = Duration.ofMillis(200);

  private static final List<IdMap.Line> OWN_ID = List.of(new IdMap.Line(0, 1000, 1));

  @TempDir private Path home;

  private Path socket;
  private Path cgroup;
  private FakeLauncher launcher;
  private Process supervisor;
  private Process step;

  @BeforeEach
  void start() throws IOException {
    socket = home.resolve("socket");
    launcher = new FakeLauncher(socket);
    supervisor = sleeper(socket.toString());
    step = sleeper("step");
    cgroup = Files.createDirectory(home.resolve("cgroup"));
    Files.writeString(cgroup.resolve("cgroup.procs"), "");
    Files.writeString(
        Files.createDirectory(cgroup.resolve("step-1")).resolve("cgroup.procs"), step.pid() + "\n");
  }

  @AfterEach
  void end() throws IOException {
    supervisor.destroyForcibly();
    step.destroyForcibly();
    launcher.close();
  }

  private static Process sleeper(String name) throws IOException {
    return new ProcessBuilder("sh", "-c", "read ignored", name).start();
  }

  private LinuxBuildSandbox sandbox() {
    var run = new RunDirectory(home.resolve("run"));
    run.create();
    var directories = new LinkedHashMap<String, Path>();
    directories.put(CgroupFiles.UNIFIED, cgroup);
    var supervisorRecord =
        new SupervisorRecord(
            supervisor.pid(),
            socket,
            new StoreView(home, List.of()),
            new IdMap(IdMap.Writer.DIRECT, OWN_ID, OWN_ID, 0),
            new BuildCgroup(Version.V2, directories, CgroupFiles.none()),
            null,
            List.of());
    var planner =
        new RunPlanner(
            new RunPlanner.Machine(
                supervisorRecord.view(),
                supervisorRecord.ids(),
                CgroupFiles.none(),
                1024,
                run.steps(),
                null,
                home,
                null,
                new RunPlanner.NestingParts(home, false)));
    return new LinuxBuildSandbox(
        run,
        supervisorRecord,
        planner,
        new Surroundings(supervisorRecord.view(), OverrideFiles.layers(run.overrides())),
        () -> {
          throw new AssertionError("no machine is asked for");
        },
        LIMIT,
        supervisorRecord.cgroup()::remove);
  }

  @Test
  void aSupervisorThatDoesNotEndABuildIsKilledWithItsSteps() throws Exception {
    LinuxBuildSandbox sandbox = sandbox();
    var hello =
        new FutureTask<Boolean>(() -> {
          launcher.accept();
          launcher.answer(launcher.take(), new FrameWriter().u32(Wire.VERSION), false);
          return true;
        });
    Thread.ofPlatform().daemon().start(hello);
    sandbox.connect();
    assertThat(hello.get()).isTrue();
    Thread.ofPlatform().daemon().start(() -> emptyWhenDead());

    sandbox.close();

    assertThat(supervisor.waitFor(50, TimeUnit.SECONDS)).as("the supervisor is dead").isTrue();
    assertThat(step.waitFor(50, TimeUnit.SECONDS)).as("the step is dead").isTrue();
    assertThat(cgroup).doesNotExist();
  }

  /** Plays the kernel, which removes the files of a cgroup with its directory. */
  private void emptyWhenDead() {
    try {
      step.waitFor();
      Files.delete(cgroup.resolve("cgroup.procs"));
      Files.delete(cgroup.resolve("step-1/cgroup.procs"));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aSupervisorThatDoesNotMakeItselfKnownIsNotWaitedForInVain() {
    LinuxBuildSandbox sandbox = sandbox();
    assertThatThrownBy(sandbox::connect)
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.SUPERVISOR_LOST))
        .hasMessageContaining("has not answered");
    sandbox.detach();
  }

  @Test
  void anotherProcessOfTheSameNumberIsLeftAlone() throws InterruptedException {
    SupervisorProcess.kill(step.pid(), socket);
    SupervisorProcess.kill(supervisor.pid(), socket);
    assertThat(supervisor.onExit()).succeedsWithin(Duration.ofSeconds(50));
    assertThat(step.isAlive()).isTrue();
  }
}
