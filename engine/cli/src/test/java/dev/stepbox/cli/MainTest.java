package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.exit.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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
  void anInterruptionIsNone() {
    ExitCode code =
        exitCode(() -> {
          throw new InterruptedException();
        });
    assertThat(code).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(err.size()).isZero();
  }
}
