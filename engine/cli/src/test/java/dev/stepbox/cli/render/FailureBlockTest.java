package dev.stepbox.cli.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.StepOutcome;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Blocks of as much as the limit, and of one more. */
class FailureBlockTest {

  private static List<String> block(int failures, String script, int lines) {
    return block(failures, script, lines, new StepOutcome.Failed(7, null));
  }

  private static List<String> block(int failures, String script, int lines, StepOutcome outcome) {
    BuildStory story = new BuildStory();
    FakeLogs logs = new FakeLogs();
    for (int i = 1; i <= failures; i++) {
      story.stage("S" + i, List.of(), script);
    }
    BuildView build = new BuildView(story.plan());
    build.apply(story.started());
    for (int i = 1; i <= failures; i++) {
      build.apply(story.stageStarted("S" + i, 10));
      build.apply(story.stepStarted("S" + i, 1, 20));
      logs.print("S" + i, 1, numbered("output", lines), 30);
      build.apply(story.stepFinished("S" + i, 1, outcome, 40));
    }
    return new FailureBlock(build, PlainRendererTest.look(false), logs, "stepbox run").lines();
  }

  private static String numbered(String word, int lines) {
    return IntStream.rangeClosed(1, lines)
        .mapToObj(i -> word + " " + i)
        .collect(Collectors.joining("\n"));
  }

  @Test
  void threeStepsAreShownInFullAndOfAFourthItsNameAndReason() {
    assertThat(block(3, "make", 1)).filteredOn(line -> line.contains("command")).hasSize(3);
    List<String> four = block(4, "make", 1);
    assertThat(four).filteredOn(line -> line.contains("command")).hasSize(3);
    assertThat(four)
        .filteredOn(line -> line.contains("S4/1  make"))
        .hasSize(1)
        .first()
        .asString()
        .endsWith("  exit code 7");
  }

  @Test
  void aProcessThatWasRefusedIsNoKill() {
    var refused = new StepOutcome.Killed(KillReason.PIDS, 1);
    assertThat(block(1, "make", 1, refused))
        .anyMatch(line -> line.endsWith("its pids cap of 100 refused a process (exit code 1)"))
        .noneMatch(line -> line.contains("killed"));
    assertThat(block(4, "make", 1, new StepOutcome.Killed(KillReason.TIMEOUT, 143)))
        .anyMatch(line -> line.contains("S4/1  make  killed: "));
  }

  @Test
  void theLast20LinesOfOutputAreShown() {
    assertThat(block(1, "make", 20)).filteredOn(line -> line.contains(" output ")).hasSize(21);
    List<String> more = block(1, "make", 21);
    assertThat(more).noneMatch(line -> line.endsWith("output 1"));
    assertThat(more).anyMatch(line -> line.endsWith("output 2"));
  }

  @Test
  void sixLinesOfACommandAreShownAndTheOthersCounted() {
    List<String> six = block(1, numbered("word", 6), 1);
    assertThat(six).anyMatch(line -> line.endsWith("word 6"));
    assertThat(six).noneMatch(line -> line.contains("more lines"));
    List<String> seven = block(1, numbered("word", 7), 1);
    assertThat(seven).anyMatch(line -> line.endsWith("and 1 more lines"));
    assertThat(seven).noneMatch(line -> line.endsWith("word 7"));
  }
}
