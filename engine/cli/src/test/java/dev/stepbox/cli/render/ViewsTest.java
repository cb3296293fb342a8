package dev.stepbox.cli.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.StageResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViewsTest {

  @Nested
  class OfQuantities {

    @ParameterizedTest
    @CsvSource({
      "0,0.00s",
      "4,0.00s",
      "5,0.01s",
      "94,0.09s",
      "99,0.10s",
      "100,0.1s",
      "1234,1.2s",
      "59949,59.9s",
      "59950,1m 00s",
      "125000,2m 05s",
      "3599499,59m 59s",
      "3720000,1h 02m",
    })
    void aDurationHasTwoFiguresOrThree(long millis, String text) {
      assertThat(Quantities.duration(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
      "0,0B",
      "1023,1023B",
      "1024,1K",
      "1536,1.5K",
      "851443712,812M",
      "2147483648,2G",
      "1099511627776,1T",
      "10240,10K",
      "10752,11K",
      "9223372036854775807,8192P",
    })
    void aSizeIsInPowersOf1024(long bytes, String text) {
      assertThat(Quantities.size(bytes)).isEqualTo(text);
    }

    @Test
    void coresAreProcessorTimePerTime() {
      assertThat(Quantities.cores(Duration.ofSeconds(31), Duration.ofSeconds(10)))
          .isEqualTo("3.1x");
      assertThat(Quantities.cores(Duration.ofSeconds(1), Duration.ZERO)).isEqualTo("1000.0x");
    }
  }

  @Nested
  class OfExitCodes {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "126 | a command was found but could not be executed",
          "127 | a command was not found",
          "137 | a process in it was ended by signal 9 (SIGKILL)",
          "139 | a process in it was ended by signal 11 (SIGSEGV)",
          "143 | a process in it was ended by signal 15 (SIGTERM)",
          "144 | a process in it was ended by signal 16",
        })
    void someExitCodesMeanMore(int code, String meaning) {
      assertThat(ExitMeaning.meaning(code)).isEqualTo(meaning);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "125", "128", "255"})
    void othersMeanNoMoreThanFailure(int code) {
      assertThat(ExitMeaning.meaning(code)).isNull();
    }
  }

  @Nested
  class OfTheCriticalPath {

    @Test
    void itGoesBackThroughTheNeedsThatEndedLast() {
      Stories it = Stories.failing();
      BuildView build = new BuildView(it.story.plan());
      it.events.forEach(build::apply);
      assertThat(CriticalPath.of(build)).containsExactly("Sources", "Memory bomb");
    }

    @Test
    void itGoesThroughASkippedStageToWhatThatOneNeeds() {
      BuildStory story =
          new BuildStory()
              .stage("A", List.of(), "a")
              .stage("B", List.of("A"), "b")
              .stage("C", List.of("B"), "c");
      BuildView build = new BuildView(story.plan());
      build.apply(story.started());
      build.apply(story.stageStarted("A", 0));
      build.apply(story.stageFinished("A", StageResult.SUCCEEDED, null, 100));
      build.apply(story.stageSkipped("B", "not asked for", 100));
      build.apply(story.stageStarted("C", 110));
      build.apply(story.stageFinished("C", StageResult.SUCCEEDED, null, 200));
      assertThat(CriticalPath.of(build)).containsExactly("A", "C");
    }
  }

  @Test
  void aLargeBuildShowsItsLongestStagesOnly() {
    BuildStory story = new BuildStory();
    int stages = Summary.ROWS_MAX + 20;
    for (int i = 0; i < stages; i++) {
      story.stage("stage " + i, List.of(), "true");
    }
    BuildView build = new BuildView(story.plan());
    build.apply(story.started());
    for (int i = 0; i < stages; i++) {
      build.apply(story.stageStarted("stage " + i, 0));
      build.apply(story.stageFinished("stage " + i, StageResult.SUCCEEDED, null, 10 + i));
    }
    build.apply(story.finished(StageResult.SUCCEEDED, null, 1_000));
    List<String> lines = new Summary(build, PlainRendererTest.look(false)).lines();
    assertThat(lines).hasSize(Summary.ROWS_MAX + 5);
    assertThat(lines).contains("  and 20 shorter stages").noneMatch(l -> l.contains("stage 19 "));
  }
}
