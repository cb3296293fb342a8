package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.command.Invocation;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.LegibleStream;
import dev.stepbox.cli.terminal.Terminal;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private ExitCode exitCode(Main.Run run) {
    try (var stream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      return Main.exitCode(run, stream);
    }
  }

  @Test
  void anErrorOfTheMachineIsADefectAndNoFailedBuild() {
    ExitCode code =
        exitCode(() -> {
          throw new StackOverflowError("too deep");
        });
    assertThat(code.number()).isEqualTo(70);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("stepbox: a defect of Stepbox: java.lang.StackOverflowError: too deep\n")
        .contains("at dev.stepbox.cli.MainTest");
  }

  @Test
  void warningsOfAPipelineStandBeforeItsBuild(@TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("stepbox.yaml"),
        """
        stepbox: 1
        environment: {ON: yes}
        stages: [{stage: A, steps: [{sh: make}]}]
        """);
    // Both streams of a process end in one terminal.
    var terminal = new ByteArrayOutputStream();
    PrintStream out = new LegibleStream(new BufferedOutputStream(terminal, 1 << 14));
    PrintStream errors = new LegibleStream(new BufferedOutputStream(terminal, 1 << 14));
    Map<String, String> environment = Map.of("STEPBOX_HOME", folder.resolve("home").toString());
    ExitCode code =
        Main.run(
            new Invocation(environment, folder, out, errors, Terminal.NONE, InstantSource.system()),
            List.of("run", "--dry-run"));
    out.flush();
    errors.flush();
    assertThat(code).isEqualTo(ExitCode.OK);
    assertThat(terminal.toString(StandardCharsets.UTF_8))
        .containsSubsequence("warning[", "build 1 of stepbox.yaml", "build 1 succeeded");
  }

  @Test
  void anInterruptionIsNone() {
    ExitCode code =
        exitCode(() -> {
          throw new InterruptedException();
        });
    assertThat(code).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(err.size()).isZero();
  }
}
