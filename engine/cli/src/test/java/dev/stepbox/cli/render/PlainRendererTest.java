package dev.stepbox.cli.render;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.event.BuildEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainRendererTest {
  private static final Look PLAIN = look(false);

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  static Look look(boolean coloured) {
    return new Look(new Styles(coloured), true, 100, ZoneOffset.UTC);
  }

  private PlainRenderer renderer(Look look, Subject subject) {
    PrintStream out = new PrintStream(written, false, UTF_8);
    return new PlainRenderer(out, look, subject, InstantSource.fixed(BuildStory.NOON));
  }

  private String show(Look look, Stories it) {
    try (PlainRenderer renderer = renderer(look, it.subject())) {
      for (BuildEvent event : it.events) {
        renderer.tick(BuildStory.NOON);
        renderer.event(event);
      }
    }
    return written.toString(UTF_8);
  }

  @Test
  void aBuildIsLinesThatAreOnlyAdded() {
    String text = show(PLAIN, Stories.failing());
    assertThat(text).doesNotContain("\u001b", "\r");
    Golden.check("plain-failing.txt", text);
  }

  @Test
  void coloursAreAddedOnlyWhereTheyAreWanted() {
    String text = show(look(true), Stories.failing());
    assertThat(text.replaceAll("\u001b\\[[0-9;]*m", "")).doesNotContain("\u001b");
    Golden.check("plain-failing-coloured.txt", text);
  }

  @Test
  void outputIsCompleteWhenTheStepIsOver() {
    BuildStory story = new BuildStory().stage("Build", List.of(), "seq 100000");
    FakeLogs logs = new FakeLogs();
    Subject subject = new Subject(story.plan(), logs, "stepbox run");
    StringBuilder output = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      output.append(i).append('\n');
    }
    try (PlainRenderer renderer = renderer(PLAIN, subject)) {
      renderer.event(story.started());
      renderer.event(story.stageStarted("Build", 0));
      renderer.event(story.stepStarted("Build", 1, 0));
      logs.print("Build", 1, output + "last, without an end", 10);
      renderer.event(story.stepFinished("Build", 1, new StepOutcome.Succeeded(), 20));
    }
    List<String> lines =
        written.toString(UTF_8).lines().filter(line -> line.contains("00.010")).toList();
    assertThat(lines.size()).isEqualTo(100_001);
    assertThat(lines.subList(99_999, 100_001))
        .containsExactly("12:00:00.010 Build ▸ 99999", "12:00:00.010 Build ▸ last, without an end");
  }

  @Test
  void eachLineHasTheTimeAtWhichItBegan() {
    BuildStory story = new BuildStory().stage("Build", List.of(), "slow");
    FakeLogs logs = new FakeLogs();
    try (PlainRenderer renderer = renderer(PLAIN, new Subject(story.plan(), logs, "stepbox run"))) {
      logs.print("Build", 1, "before its step\nha", 10).print("Build", 1, "lf\n", 900);
      logs.print("Build", 1, "late\nno end", 2_000);
      renderer.event(story.started());
      renderer.event(story.stageStarted("Build", 0));
      renderer.event(story.stepStarted("Build", 1, 50));
      renderer.event(story.stepFinished("Build", 1, new StepOutcome.Succeeded(), 3_000));
    }
    assertThat(written.toString(UTF_8).lines().filter(line -> line.contains(" ▸ ")).skip(1))
        .containsExactly(
            "12:00:00.050 Build ▸ before its step",
            "12:00:00.050 Build ▸ half",
            "12:00:02.000 Build ▸ late",
            "12:00:02.000 Build ▸ no end");
  }

  @Test
  void aBuildOfOneStageNeedsNoTable() {
    BuildStory story = new BuildStory().stage("Build", List.of(), "true");
    try (PlainRenderer renderer =
        renderer(PLAIN, new Subject(story.plan(), new FakeLogs(), "stepbox run"))) {
      renderer.event(story.started());
      renderer.event(story.stageStarted("Build", 0));
      renderer.event(story.stageFinished("Build", StageResult.SUCCEEDED, null, 90));
      renderer.event(story.finished(StageResult.SUCCEEDED, null, 100));
    }
    assertThat(written.toString(UTF_8))
        .endsWith("\n\n✔ build 17 succeeded in 0.1s\n")
        .doesNotContain("critical path");
  }
}
