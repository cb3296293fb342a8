package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.command.CliRun;
import dev.stepbox.cli.render.Golden;
import dev.stepbox.cli.terminal.FakeTerminal;
import dev.stepbox.cli.terminal.ShellWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole process on a real pseudo-terminal, with dry runs: what a person would see and do. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LiveTerminalIT {
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_Z = "\u001a";

  /** Of a step that is stopped before it ends by itself. */
  private static final int LONG_MILLIS = 600_000;

  @TempDir private Path folder;

  @BeforeEach
  void aPipeline() throws IOException {
    pipeline(3_000, 0);
  }

  private void pipeline(int slowMillis, int reportMillis) throws IOException {
    Files.writeString(
        folder.resolve("stepbox.yaml"),
        """
        stepbox: 1
        stages:
          - stage: Quick
            steps:
              - sh: make
                environment: {STEPBOX_DRYRUN_OUTPUT: "made"}
          - stage: Slow
            steps:
              - sh: ./slow
                environment: {STEPBOX_DRYRUN_SLEEP: "%d", STEPBOX_DRYRUN_OUTPUT: "hard at work"}
            post:
              always:
                - sh: ./report
                  environment: {STEPBOX_DRYRUN_SLEEP: "%d"}
        """
            .formatted(slowMillis, reportMillis));
  }

  private Map<String, String> environment() {
    return Map.of(
        "STEPBOX_HOME", folder.resolve("home").toString(),
        "TERM", "xterm-256color",
        "LANG", "C.UTF-8",
        "LC_ALL", "C.UTF-8",
        "TZ", "UTC");
  }

  private static String stepbox(String arguments) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return "%s -XX:TieredStopAtLevel=1 -cp %s dev.stepbox.cli.Main %s"
        .formatted(
            ShellWords.quote(java),
            ShellWords.quote(System.getProperty("java.class.path")),
            arguments);
  }

  private Pty start(String command) throws IOException {
    return Pty.start(folder, environment(), command);
  }

  private static FakeTerminal screen(Pty pty, int columns) {
    FakeTerminal terminal = new FakeTerminal(columns, 24);
    terminal.write(pty.output());
    return terminal;
  }

  /** Durations and paths differ from run to run. */
  private String settled(FakeTerminal terminal) {
    return String.join("\n", terminal.lines())
            .replaceAll("\\d+\\.\\d+s", "#s")
            .replaceAll(" +#s", " #s")
            .replaceAll("[━█]+", "=")
            .replaceAll(" +=", " =")
            .replace(folder.toString(), "DIR")
        + "\n";
  }

  @Test
  void anEndedBuildLeavesATreeAndTheCursor() throws IOException, InterruptedException {
    try (Pty pty = start("exec " + stepbox("run --dry-run"))) {
      assertThat(pty.await()).isZero();
      assertThat(pty.output()).contains("hard at work");
      FakeTerminal terminal = screen(pty, 80);
      assertThat(terminal.cursorShown()).isTrue();
      Golden.check("terminal-succeeded.txt", settled(terminal));
    }
  }

  @Test
  void oneCtrlCStopsTheStepAndLetsPostStepsRun() throws IOException, InterruptedException {
    pipeline(LONG_MILLIS, 0);
    try (Pty pty = start("exec " + stepbox("run --dry-run"))) {
      pty.awaitText("hard at work");
      pty.type(CTRL_C);
      assertThat(pty.await()).isEqualTo(130);
      assertThat(pty.output()).contains("Ctrl-C again kills");
      FakeTerminal terminal = screen(pty, 80);
      assertThat(terminal.cursorShown()).isTrue();
      Golden.check("terminal-stopped.txt", settled(terminal));
    }
  }

  @Test
  void twoCtrlCKillEverything() throws IOException, InterruptedException {
    pipeline(LONG_MILLIS, LONG_MILLIS);
    try (Pty pty = start("exec " + stepbox("run --dry-run"))) {
      pty.awaitText("hard at work");
      pty.type(CTRL_C);
      pty.awaitText("./report");
      pty.type(CTRL_C);
      assertThat(pty.await()).isEqualTo(130);
      FakeTerminal terminal = screen(pty, 80);
      assertThat(terminal.cursorShown()).isTrue();
      assertThat(settled(terminal)).contains("was stopped").doesNotContain("✔ ./report");
    }
  }

  @Test
  void aSignalToEndIsAsCtrlC() throws IOException, InterruptedException {
    pipeline(LONG_MILLIS, 0);
    try (Pty pty = start("echo pid=$$; exec " + stepbox("run --dry-run"))) {
      pty.awaitText("hard at work");
      assertThat(new ProcessBuilder("kill", "-TERM", pid(pty)).start().waitFor()).isZero();
      assertThat(pty.await()).isEqualTo(130);
      assertThat(settled(screen(pty, 80))).contains("✔ ./report");
    }
  }

  @Test
  void aStopIsToldOnceAndByWhoAsked() throws IOException, InterruptedException {
    try (Pty pty = start("echo pid=$$; exec " + stepbox("run --dry-run --plain"))) {
      pty.awaitText("hard at work");
      assertThat(new ProcessBuilder("kill", "-TERM", pid(pty)).start().waitFor()).isZero();
      assertThat(pty.await()).isEqualTo(130);
      assertThat(pty.output()).containsOnlyOnce("stopping").doesNotContain("Ctrl-C");
      assertThat(pty.output()).contains("stopping, asked by SIGTERM", "SIGTERM again kills");
    }
  }

  @Test
  void aClosedTerminalDoesNotStopTheBuild() throws IOException {
    String pid;
    try (Pty pty = start("echo pid=$$; exec " + stepbox("run --dry-run"))) {
      pty.awaitText("hard at work");
      pid = pid(pty);
    }
    Eventually.holds(
        "the process has ended", () -> ProcessHandle.of(Long.parseLong(pid)).isEmpty());
    CliRun show = CliRun.in(folder).run("show", "1");
    assertThat(show.out()).contains("build 1  succeeded", "✔ ./report");
  }

  private static String pid(Pty pty) {
    return pty.output().replaceAll("(?s).*pid=(\\d+).*", "$1");
  }

  @Test
  void aResizedTerminalIsRedrawnInItsNewSize() throws IOException, InterruptedException {
    pipeline(10_000, 0);
    try (Pty pty = start("tty; exec " + stepbox("run --dry-run"))) {
      pty.awaitText("hard at work");
      String device = pty.output().lines().findFirst().orElseThrow().strip();
      String before = pty.output();
      List<String> command = List.of("stty", "-F", device, "rows", "24", "cols", "30");
      assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
      assertThat(pty.await()).isZero();
      String after = pty.output().substring(before.length());
      // The line at the end of the block is longer than 30 columns, and is cut.
      assertThat(after).contains("…");
      assertThat(screen(pty, 80).cursorShown()).isTrue();
    }
  }

  @Test
  void ctrlZGivesTheTerminalBackAndResumingDrawsAgain() throws IOException, InterruptedException {
    String job = stepbox("run --dry-run") + "; echo stopped; fg; echo ended with $?";
    try (Pty pty = start("exec bash --norc -mc " + ShellWords.quote(job))) {
      pty.awaitText("hard at work");
      pty.type(CTRL_Z);
      pty.awaitText("stopped");
      String atStop = pty.output().substring(0, pty.output().indexOf("stopped"));
      assertThat(atStop.lastIndexOf("\u001b[?25h"))
          .isGreaterThan(atStop.lastIndexOf("\u001b[?25l"));
      pty.await();
      assertThat(pty.output()).contains("ended with 0");
    }
  }

  @Test
  void noColorAndADumbTerminalAreObeyed() throws IOException, InterruptedException {
    try (Pty pty = start("NO_COLOR=1 exec " + stepbox("run --dry-run --plain"))) {
      assertThat(pty.await()).isZero();
      assertThat(pty.output()).contains("hard at work").doesNotContain("\u001b[");
    }
    try (Pty pty = start("TERM=dumb exec " + stepbox("run --dry-run"))) {
      assertThat(pty.await()).isZero();
      assertThat(pty.output()).contains("Slow ▸ hard at work").doesNotContain("\u001b");
    }
  }
}
