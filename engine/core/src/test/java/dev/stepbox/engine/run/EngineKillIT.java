package dev.stepbox.engine.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.testing.TestEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real process is killed with -9 at every position of its journal; another carries on. */
@Timeout(600)
class EngineKillIT {

  private static final BuildId BUILD = new BuildId(1);

  @TempDir private Path directory;

  @Test
  void killedAtAnyPositionOfItsJournalABuildGoesOnWithoutALostLine() throws Exception {
    boolean isOver = false;
    int position = 0;
    while (!isOver) {
      Path place = Files.createDirectory(directory.resolve("at" + position));
      isOver = dieAt(place, position);
      if (!isOver) {
        Path journal = place.resolve("home/builds/1/journal");
        cutTo(journal, position);
        carryOn(place, position);
      }
      position++;
    }
    assertThat(position).as("positions").isGreaterThan(22);
  }

  /**
   * Runs the engine until its journal has so many records, then kills it; true if it got through.
   */
  private static boolean dieAt(Path place, int records) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                MortalEngine.class.getName(),
                place.toString(),
                Integer.toString(records))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      String word = out.readLine();
      assertThat(word).isIn("reached", "over");
      return word.equals("over");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** What is written in one go may stand there whole: the death could have come in between. */
  private static void cutTo(Path journal, int records) throws IOException {
    byte[] bytes = Files.readAllBytes(journal);
    int left = records;
    int at = 0;
    while (left > 0) {
      left -= bytes[at++] == '\n' ? 1 : 0;
    }
    try (FileChannel channel = FileChannel.open(journal, StandardOpenOption.WRITE)) {
      channel.truncate(at + Math.min(5, bytes.length - at));
    }
  }

  private static void carryOn(Path place, int position) throws Exception {
    try (LocalEngine engine =
        TestEngine.open(place.resolve("home"), () -> Instant.parse("2026-11-23T10:00:09Z"))) {
      engine.resume(BUILD, List.of());
      List<BuildEvent> events = toEnd(engine);
      assertThat(events)
          .extracting(event -> event.stamp().sequence())
          .as("position %d", position)
          .isEqualTo(IntStream.range(0, events.size()).mapToObj(Long::valueOf).toList());
      assertThat(((BuildFinished) events.getLast()).outcome()).isEqualTo(StageResult.SUCCEEDED);
      assertThat(log(engine, new StepKey("Build", null, 2))).isEqualTo(lines(300));
      assertThat(log(engine, new StepKey("Side", null, 1))).isEqualTo(lines(40));
      assertThat(log(engine, new StepKey("Test", null, 1))).isEqualTo(lines(7));
      assertThat(log(engine, new StepKey("Build", PostCondition.ALWAYS, 1))).isEqualTo("posted");
      assertThat(log(engine, new StepKey("(post)", PostCondition.SUCCESS, 1))).isEqualTo("the end");
    }
  }

  private static List<BuildEvent> toEnd(LocalEngine engine) throws InterruptedException {
    List<BuildEvent> events = new ArrayList<>();
    try (EventStream stream = engine.watch(BUILD, 0)) {
      Optional<BuildEvent> event = stream.next();
      while (event.isPresent()) {
        events.add(event.get());
        event = stream.next();
      }
    }
    return events;
  }

  private static String log(LocalEngine engine, StepKey step) throws IOException {
    return new String(engine.log(BUILD, step).open(0).readAllBytes(), UTF_8);
  }

  private static String lines(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> "line " + i + "\n")
        .collect(Collectors.joining());
  }
}
