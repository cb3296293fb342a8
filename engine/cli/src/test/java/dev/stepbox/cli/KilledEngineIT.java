package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine is killed by force at a bad moment, and 'stepbox attach' carries the build on. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class KilledEngineIT {
  private static final int FILES = 3_000;
  private static final int LINES = 15;

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  private static String count(String name) {
    return "for i in $(seq 1 %d); do echo \"%s $i\"; sleep 0.05; done".formatted(LINES, name);
  }

  private void makeProject() throws IOException {
    Path many = Files.createDirectory(stepbox.directory().resolve("many"));
    for (int i = 0; i < FILES; i++) {
      Files.writeString(many.resolve("file-" + i), "text of file " + i);
    }
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Code
            steps:
              - checkout: scm
              - sh: ls many | wc -l
              - sh: echo coded
              - sh: echo more > more; sleep 0.3
          - stage: Sides
            parallel:
              - stage: left
                steps:
                  - sh: %s
              - stage: right
                steps:
                  - sh: %s
          - stage: Last
            needs: [Code]
            steps:
              - sh: cat more; ls many | wc -l
            post:
              always:
                - sh: %s
        """
            .formatted(count("left"), count("right"), count("post")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "build 1 of",
        "Code ▸ 3000",
        "Code ▸ coded",
        "left 5",
        "right 15",
        "post 2",
        "post 15"
      })
  void whereverItWasTheBuildGoesOnAndNoLineIsLostOrDoubled(String moment)
      throws IOException, InterruptedException {
    makeProject();
    Running run = stepbox.start("run");
    run.awaitText(moment);
    run.process().destroyForcibly();
    run.await();

    Result attached = stepbox.call("attach", "1");

    assertThat(attached.exitCode()).as(attached.toString()).isZero();
    assertThat(lines("1/Code/2")).containsExactly(Integer.toString(FILES));
    assertThat(lines("1/Code/3")).containsExactly("coded");
    assertThat(lines("1/Sides / left/1")).isEqualTo(counted("left"));
    assertThat(lines("1/Sides / right/1")).isEqualTo(counted("right"));
    assertThat(lines("1/Last/1")).containsExactly("more", Integer.toString(FILES));
    assertThat(lines("1/Last/always/1")).isEqualTo(counted("post"));
  }

  private static List<String> counted(String name) {
    return IntStream.rangeClosed(1, LINES).mapToObj(i -> name + " " + i).toList();
  }

  private List<String> lines(String step) throws IOException, InterruptedException {
    Result logs = stepbox.call("logs", step);
    assertThat(logs.exitCode()).as(logs.toString()).isZero();
    return logs.out().lines().toList();
  }

  @Test
  void aBuildGoesOnLongAfterItsStepHasEnded() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: mkdir -p deep/er; echo one > deep/er/file; echo begun; sleep 1
              - sh: cat deep/er/file; rm -r deep; echo two
              - sh: ls
        """);
    Running run = stepbox.start(Map.of("STEPBOX_ORPHAN_TIMEOUT", "1"), "run");
    run.awaitText("Long ▸ begun");
    run.process().destroyForcibly();
    run.await();
    Eventually.holds("the supervisor has ended", () -> stepbox.supervisors().isEmpty());

    Result attached = stepbox.call("attach", "1");

    assertThat(attached.exitCode()).as(attached.toString()).isZero();
    assertThat(lines("1/Long/1")).containsExactly("begun");
    assertThat(lines("1/Long/2")).containsExactly("one", "two");
    assertThat(lines("1/Long/3")).isEmpty();
  }
}
