package dev.stepbox.isolation.linux;

import static dev.stepbox.isolation.linux.TestStore.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.BindMount;
import dev.stepbox.isolation.BindMount.Access;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.SandboxSpec.Terminal;
import dev.stepbox.isolation.StepFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Steps that behave badly, and what a step finds around it. */
@ExtendWith(Invariants.class)
class StepsIT {
  private static final int LONG_LINE_BYTES = 64 << 20;

  @RegisterExtension private final TestStore store = new TestStore();
  private OpenBuild build;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    build = store.open();
  }

  @AfterEach
  void close() {
    build.close();
  }

  @Test
  void aStepThatLeavesProcessesEndsWithItsMainProcess() throws IOException, InterruptedException {
    RunningSandbox step =
        build.start(shell("daemon", "setsid sleep 300 & (setsid sleep 300 &) ; echo started"));
    assertExited(step.await(), 0);
    assertThat(step.output()).hasContent("started\n");
    assertThat(duration(step.await())).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aStepThatClosesItsOutputStillTellsItsExitCode() throws InterruptedException {
    assertExited(build.run(shell("silent", "exec >&- 2>&-; sleep 0.1; exit 5")), 5);
  }

  @Test
  void binaryOutputIsKeptToTheByte() throws IOException, InterruptedException {
    String script =
        "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %o $i)\"; i=$((i+1)); done";
    RunningSandbox step = build.start(shell("binary", script));
    assertExited(step.await(), 0);
    byte[] bytes = Files.readAllBytes(step.output());
    assertThat(bytes).hasSize(256);
    for (int i = 0; i < 256; i++) {
      assertThat(Byte.toUnsignedInt(bytes[i])).isEqualTo(i);
    }
  }

  @Test
  void aLineOfAnyLengthIsKept() throws IOException, InterruptedException {
    RunningSandbox step =
        build.start(shell("line", "head -c %d /dev/zero | tr '\\0' x".formatted(LONG_LINE_BYTES)));
    assertExited(step.await(), 0);
    assertThat(Files.size(step.output())).isEqualTo(LONG_LINE_BYTES);
    assertThat(step.await().report().outputBytes()).isEqualTo(LONG_LINE_BYTES);
  }

  @Test
  void outputBeyondItsLimitIsDroppedAndCounted() throws IOException, InterruptedException {
    RunningSandbox step =
        build.start(shell("flood", "head -c 1000000 /dev/zero").outputLimitBytes(1000));
    assertExited(step.await(), 0);
    assertThat(Files.size(step.output())).isEqualTo(1000);
    assertThat(step.await().report().outputDroppedBytes()).isEqualTo(999_000);
  }

  @Test
  void aHundredThousandFilesAreRemoved() throws IOException, InterruptedException {
    Path many = store.directory("many");
    build.sandbox().trees().adopt(many);
    assertExited(
        build.run(
            shell("files", "cd /many && seq 100000 | xargs touch")
                .mounts(List.of(new BindMount(many, "/many", Access.READ_WRITE)))),
        0);
    assertThat(build.sandbox().trees().measure(many).entries()).isEqualTo(100_001);
    build.sandbox().trees().remove(many);
    assertThat(many).doesNotExist();
  }

  @Test
  void unreadableDirectoriesAndLongPathsAreRemoved() throws InterruptedException {
    String script =
        """
        mkdir -p a/b && touch a/b/c && chmod 000 a/b a
        n=$(printf 'x%.0s' $(seq 200)); i=0
        while [ $i -lt 60 ]; do mkdir $n && cd $n; i=$((i+1)); done
        touch end
        """;
    assertExited(build.run(shell("unreadable", script)), 0);
    build.sandbox().unmount(build.root());
    build.sandbox().trees().remove(store.workspaceWrites("build"));
    assertThat(store.workspaceWrites("build")).doesNotExist();
  }

  @Test
  void aWorkingDirectoryThatIsALinkStaysInside() throws IOException, InterruptedException {
    build.output(
        shell("links", "ln -s / top; ln -s ../../../../../.. up; ln -s /proc/1/root other"));
    assertThat(
            build.output(
                shell("top", "pwd -P; ls -d /workspace").workingDirectory("/workspace/top")))
        .isEqualTo("/\n/workspace\n");
    assertThat(build.output(shell("up", "pwd -P; ls workspace").workingDirectory("/workspace/up")))
        .isEqualTo("/\nother\ntop\nup\n");
    SandboxExit exit = build.run(shell("other", "pwd -P; ls").workingDirectory("/workspace/other"));
    assertThat(exit).isInstanceOf(SandboxExit.NotStarted.class);
  }

  @Test
  void anOpenDescriptorAsWorkingDirectoryLeadsNowhereElse()
      throws IOException, InterruptedException {
    for (int fd = 3; fd < 12; fd++) {
      RunningSandbox step =
          build.start(
              shell("fd-" + fd, "[ /proc/self/cwd -ef \"$(pwd -P)\" ] && echo inside")
                  .workingDirectory("/proc/self/fd/" + fd));
      if (!(step.await() instanceof SandboxExit.NotStarted)) {
        assertThat(step.output()).hasContent("inside\n");
      }
    }
  }

  @Test
  void aCommandThatIsNotThereWasNotStarted() throws InterruptedException {
    SandboxExit exit =
        build.run(SandboxSpec.step("absent", List.of("no-such-command")).environment(path()));
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.NotStarted.class,
            notStarted -> {
              assertThat(notStarted.operation()).isEqualTo("execve");
              assertThat(notStarted.errno()).isEqualTo(2);
              assertThat(notStarted.message()).contains("no-such-command");
            });
    SandboxExit directory =
        build.run(SandboxSpec.step("directory", List.of("/usr")).environment(path()));
    assertThat(directory)
        .isInstanceOfSatisfying(
            SandboxExit.NotStarted.class,
            notStarted -> assertThat(notStarted.errno()).isEqualTo(13));
  }

  @Test
  void aWorkingDirectoryThatIsNotThereIsTold() throws InterruptedException {
    assertThat(build.run(shell("absent", "true").workingDirectory("/no/such/place")))
        .isInstanceOfSatisfying(
            SandboxExit.NotStarted.class,
            exit -> {
              assertThat(exit.errno()).isEqualTo(2);
              assertThat(exit.message()).contains("/no/such/place");
            });
  }

  @Test
  void nothingIsInherited() throws IOException, InterruptedException {
    String output =
        build.output(
            shell(
                "bare",
                "env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD='; ls /proc/self/fd; umask;"
                    + " ulimit -c; hostname; cat /etc/hostname"));
    assertThat(output)
        .isEqualTo("PATH=/usr/local/bin:/usr/bin:/bin\n0\n1\n2\n3\n0022\n0\nstepbox\nstepbox\n");
  }

  @Test
  void theHostsPrivatePlacesAreEmpty() throws IOException, InterruptedException {
    String output =
        build.output(shell("private", "ls -A /home /root /run /tmp /srv /var/tmp /sys 2>&1"));
    assertThat(output.lines().filter(line -> !line.isEmpty() && !line.endsWith(":"))).isEmpty();
  }

  @Test
  void onlyProcessesOfTheStepAreSeen() throws IOException, InterruptedException {
    String output = build.output(shell("processes", "ls /proc | grep -c '^[0-9]'"));
    assertThat(Integer.parseInt(output.strip())).isLessThanOrEqualTo(6);
  }

  @Test
  void pathsOfTheHostAreNotTold() throws IOException, InterruptedException {
    String output = build.output(shell("mounts", "cat /proc/self/mountinfo"));
    assertThat(output).contains("overlay").doesNotContain(store.path().toString());
  }

  @Test
  void whatOneStepWritesTheNextOneSeesExceptInTmp() throws IOException, InterruptedException {
    build.output(shell("first", "echo one > file; echo two > /usr/two; echo three > /tmp/three"));
    assertThat(build.output(shell("second", "cat file /usr/two; ls /tmp"))).isEqualTo("one\ntwo\n");
    assertThat(Path.of("/usr/two")).doesNotExist();
  }

  @Test
  void filesAndMountsArePutIn() throws IOException, InterruptedException {
    Path cache = store.directory("cache");
    Files.writeString(cache.resolve("kept"), "kept\n");
    build.sandbox().trees().adopt(cache);
    String output =
        build.output(
            shell(
                    "files",
                    "/tmp/dir/script; cat /run/note; cat /root/.m2/kept; echo new > /root/.m2/new")
                .files(
                    List.of(
                        new StepFile("/tmp/dir/script", "#!/bin/sh\necho script\n", 0755),
                        new StepFile("/run/note", "note\n", 0644)))
                .mounts(List.of(new BindMount(cache, "/root/.m2", Access.READ_WRITE))));
    assertThat(output).isEqualTo("script\nnote\nkept\n");
    assertThat(cache.resolve("new")).hasContent("new");

    SandboxExit exit =
        build.run(
            shell("read-only", "echo x > /mnt/cache/y")
                .mounts(List.of(new BindMount(cache, "/mnt/cache", Access.READ_ONLY))));
    assertExited(exit, 2);
    assertThat(cache.resolve("y")).doesNotExist();
  }

  @Test
  void aTerminalIsGivenWhenAskedFor() throws IOException, InterruptedException {
    assertThat(
            build.output(
                shell("terminal", "test -t 0 && test -t 1 && stty size")
                    .terminal(new Terminal(100, 30))))
        .isEqualTo("30 100\r\n");
    assertExited(build.run(shell("pipe", "test -t 1")), 1);
  }

  @Test
  void exitCodesOfAllSizesAreTold() throws InterruptedException {
    for (int code : new int[] {1, 2, 126, 127, 128, 137, 255}) {
      assertExited(build.run(shell("exit-" + code, "exit " + code)), code);
    }
  }

  private static void assertExited(SandboxExit exit, int code) {
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(code));
  }

  private static Duration duration(SandboxExit exit) {
    return Duration.ofNanos(exit.report().endedNanos() - exit.report().startedNanos());
  }

  private static SequencedMap<String, String> path() {
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", "/usr/bin:/bin");
    return environment;
  }
}
