package dev.stepbox.isolation.linux;

import static dev.stepbox.isolation.linux.TestStore.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.Eventually;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An engine or a supervisor dies at a bad moment. */
@ExtendWith(Invariants.class)
class SurvivalIT {
  private static final int LINES = 60;

  @RegisterExtension private final TestStore store = new TestStore();

  @Test
  void aStepOutlivesItsEngineAndLosesNoLine() throws IOException, InterruptedException {
    Process engine =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Engine.class.getName(),
                store.path().toString())
            .redirectErrorStream(true)
            .start();
    Path output = store.sandboxes().recordedOutput(store.run(), "counter");
    Eventually.holds("the step runs", () -> assertThat(Files.size(output)).isPositive());
    engine.destroyForcibly().waitFor();
    long atDeath = Files.size(output);

    BuildSandbox build = store.sandboxes().reattach(store.run()).orElseThrow();
    try (build) {
      RunningSandbox step = build.step("counter").orElseThrow();
      assertThat(step.await())
          .isInstanceOfSatisfying(
              SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(7));
      assertThat(Files.size(output)).isGreaterThan(atDeath);
      assertThat(Files.readAllLines(output))
          .isEqualTo(IntStream.range(0, LINES).mapToObj(Integer::toString).toList());
      assertThat(build.start(build.roots().getFirst(), shell("next", "true").build()).await())
          .isInstanceOf(SandboxExit.Exited.class);
    }
  }

  /** The engine that is killed: starts a step in the store given, and waits. */
  static final class Engine {
    private Engine() {}

    public static void main(String[] arguments) throws Exception {
      TestStore store = TestStore.at(Path.of(arguments[0]));
      OpenBuild build = store.open();
      build.run(
          shell(
              "counter",
              "i=0; while [ $i -lt %d ]; do echo $i; i=$((i+1)); sleep 0.02; done; exit 7"
                  .formatted(LINES)));
    }
  }

  @Test
  void aStepThatEndedWithoutAnEngineIsOnRecord() throws IOException, InterruptedException {
    OpenBuild build = store.open();
    build.start(shell("short", "sleep 0.2; echo done; exit 3"));
    build.sandbox().detach();
    Eventually.holds(
        "the record is there",
        () ->
            assertThat(store.sandboxes().recordedExit(store.run(), "short"))
                .containsInstanceOf(SandboxExit.Exited.class));
    BuildSandbox again = store.sandboxes().reattach(store.run()).orElseThrow();
    try (again) {
      RunningSandbox step = again.step("short").orElseThrow();
      assertThat(step.await())
          .isInstanceOfSatisfying(
              SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(3));
      assertThat(step.output()).hasContent("done\n");
    }
  }

  @Test
  void theLossOfTheSupervisorIsToldAndSweptUp() throws IOException, InterruptedException {
    OpenBuild build = store.open();
    build.run(shell("before", "exit 4"));
    RunningSandbox step = build.start(shell("running", "echo begun; exec sleep 300"));
    Eventually.holds("it runs", () -> assertThat(Files.size(step.output())).isPositive());

    supervisor().destroyForcibly();

    assertThat(step.await()).isInstanceOf(SandboxExit.Lost.class);
    assertThat(step.output()).hasContent("begun\n");
    build.close();
    assertThat(store.sandboxes().reattach(store.run())).isEmpty();
    assertThat(store.sandboxes().recordedExit(store.run(), "before"))
        .containsInstanceOf(SandboxExit.Exited.class);
    assertThat(store.sandboxes().recordedExit(store.run(), "running")).isEmpty();
    store.sandboxes().sweep(store.run());
    store.sandboxes().sweep(store.run());
    assertThat(store.run().resolve("socket")).doesNotExist();
  }

  @Test
  void sweepingEndsABuildThatStillLives() throws IOException, InterruptedException {
    OpenBuild build = store.open();
    build.start(shell("running", "exec sleep 300"));
    build.sandbox().detach();
    store.sandboxes().sweep(store.run());
    assertThat(store.sandboxes().reattach(store.run())).isEmpty();
  }

  @Test
  void theCgroupsOfABuildThatWasNeverRecordedAreFoundByTheNextOne() throws Exception {
    Process engine =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Engine.class.getName(),
                store.path().toString())
            .redirectErrorStream(true)
            .start();
    var run = new RunDirectory(store.run());
    Eventually.holds("the step runs", () -> assertThat(run.output("counter")).isNotEmptyFile());
    List<Path> cgroups =
        List.copyOf(
            SupervisorRecord.read(run.record()).orElseThrow().cgroup().directories().values());
    Files.delete(run.record());
    engine.destroyForcibly().waitFor();
    supervisor().destroyForcibly();
    IsolationRequest next =
        IsolationRequest.in(store.path().resolve("next"), store.path())
            .work(IsolationRequest.Work.FILES)
            .build();
    Eventually.holds(
        "its processes are dead, and its cgroups are removed",
        () -> {
          store.sandboxes().open(next).close();
          assertThat(cgroups).isNotEmpty().noneMatch(Files::exists);
        });
  }

  @Test
  void aSecondEngineTakesTheBuildOver() throws IOException, InterruptedException {
    OpenBuild first = store.open();
    RunningSandbox seenByFirst = first.start(shell("running", "exec sleep 300"));
    try (BuildSandbox second = store.sandboxes().reattach(store.run()).orElseThrow()) {
      assertThatThrownBy(seenByFirst::await)
          .isInstanceOfSatisfying(
              SandboxException.class,
              e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.SUPERVISOR_LOST));
      assertThat(second.step("running").orElseThrow().await(Duration.ZERO)).isFalse();
    }
  }

  @Test
  void aSupervisorThatIsStuckIsKilledWithEverythingOfTheBuild()
      throws IOException, InterruptedException {
    OpenBuild build = store.open();
    build.start(shell("running", "exec sleep 300"));
    stop(supervisor());
    build.close();
    assertThat(store.sandboxes().reattach(store.run())).isEmpty();
    store.sandboxes().sweep(store.run());
  }

  @Test
  void whatAStuckSupervisorOfADeadEngineHoldsIsSweptUp() throws IOException, InterruptedException {
    OpenBuild build = store.open();
    build.start(shell("running", "exec sleep 300"));
    build.sandbox().detach();
    stop(supervisor());
    store.sandboxes().sweep(store.run());
    assertThat(store.sandboxes().reattach(store.run())).isEmpty();
  }

  private static void stop(ProcessHandle process) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private ProcessHandle supervisor() {
    Optional<ProcessHandle> found =
        ProcessHandle.allProcesses()
            .filter(process ->
                process.info().arguments().map(List::of).orElse(List.of()).stream()
                    .anyMatch(argument -> argument.startsWith(store.run().toString())))
            .filter(process -> process.pid() != ProcessHandle.current().pid())
            .findFirst();
    return found.orElseThrow();
  }

  /** At whatever moment: before the launcher, between its word and the connection, after it. */
  @Test
  void anInterruptedOpenLeavesNothing() throws InterruptedException {
    int opened = 0;
    for (int millis = 0; opened < 3 && millis < 400; millis += 4) {
      List<BuildSandbox> made = new CopyOnWriteArrayList<>();
      Thread opening =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  made.add(store.sandboxes().open(store.request().build()));
                } catch (SandboxException | InterruptedException ignored) {
                  // Nothing is open then, and nothing may be left.
                }
              });
      if (!opening.join(Duration.ofMillis(millis))) {
        opening.interrupt();
        opening.join();
      }
      opened = made.isEmpty() ? 0 : opened + 1;
      made.forEach(BuildSandbox::close);
      assertThat(listening()).as("after %d ms".formatted(millis)).isEmpty();
    }
    assertThat(opened).as("the last ones were late").isEqualTo(3);
  }

  private List<Long> listening() {
    Path socket = new RunDirectory(store.run()).socket(store.path().resolve("runtime"));
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> SupervisorProcess.isListeningAt(socket, pid))
        .toList();
  }

  @Test
  void aSupervisorThatCannotBeReachedIsNotTakenForOneThatIsGone() throws Exception {
    OpenBuild open = store.open();
    open.sandbox().detach();
    Path socket =
        SupervisorRecord.read(new RunDirectory(store.run()).record()).orElseThrow().socket();
    Files.setAttribute(socket, "unix:mode", 0);
    assertThatThrownBy(() -> store.sandboxes().reattach(store.run()))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining(socket.toString());
    Files.setAttribute(socket, "unix:mode", 0600);
    store.sandboxes().reattach(store.run()).orElseThrow().close();
  }
}
