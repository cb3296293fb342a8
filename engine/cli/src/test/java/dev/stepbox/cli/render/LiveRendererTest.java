package dev.stepbox.cli.render;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.cli.terminal.DisplayWidth;
import dev.stepbox.cli.terminal.FakeTerminal;
import dev.stepbox.cli.terminal.LiveScreen;
import dev.stepbox.cli.terminal.TerminalSize;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.StepKey;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiveRendererTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LiveScreen screen = new LiveScreen(written);
  private final Map<StepKey, Usage> samples = new LinkedHashMap<>();
  private FakeTerminal terminal = new FakeTerminal(80, 24);

  private void size(int columns, int rows) {
    terminal = new FakeTerminal(columns, rows);
    screen.resize(new TerminalSize(columns, rows));
  }

  private LiveRenderer renderer(Stories it) {
    return new LiveRenderer(screen, PlainRendererTest.look(false), it.subject(), () -> samples);
  }

  private String shown() {
    terminal.write(written.toString(UTF_8));
    written.reset();
    return String.join("\n", terminal.lines()) + "\n";
  }

  private void sample(String stage, long cpuMillis, long bytes) {
    samples.put(
        new StepKey(stage, null, 1),
        new Usage(Duration.ofMillis(cpuMillis), null, bytes, null, null, null));
  }

  private static Instant at(long millis) {
    return BuildStory.NOON.plusMillis(millis);
  }

  @Test
  void runningStepsShowTimeUsageAndTheirLastLines() {
    Stories it = Stories.running();
    try (LiveRenderer renderer = renderer(it)) {
      it.events.forEach(renderer::event);
      sample("Memory bomb", 100, 30L << 20);
      renderer.tick(at(2_000));
      sample("Memory bomb", 600, 41L << 20);
      renderer.tick(at(3_000));
      Golden.check("live-running.txt", shown());
    }
    assertThat(terminal.cursorShown()).isFalse();
    terminal.write(written.toString(UTF_8));
    assertThat(terminal.cursorShown()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"80,24", "40,12", "24,6", "20,4"})
  void theBlockFitsTheTerminalWhateverItsSize(int columns, int rows) {
    size(columns, rows);
    Stories it = Stories.running();
    try (LiveRenderer renderer = renderer(it)) {
      it.events.forEach(renderer::event);
      renderer.tick(at(2_000));
      renderer.tick(at(2_500));
      shown();
    }
    int permanent = terminal.scrolled() + rows;
    assertThat(terminal.lines()).hasSizeLessThanOrEqualTo(permanent);
    assertThat(terminal.lines()).allMatch(line -> DisplayWidth.of(line) <= columns);
  }

  @Test
  void anEndedBuildLeavesATreeThenTheFailureThenTheSummary() {
    Stories it = Stories.failing();
    try (LiveRenderer renderer = renderer(it)) {
      int tick = 0;
      for (BuildEvent event : it.events) {
        renderer.event(event);
        renderer.tick(at(tick += 150));
      }
    }
    Golden.check("live-failing.txt", shown());
    assertThat(terminal.cursorShown()).isTrue();
  }

  @Test
  void framesAreNotDrawnMoreOftenThanTenTimesASecond() {
    Stories it = Stories.running();
    try (LiveRenderer renderer = renderer(it)) {
      it.events.forEach(renderer::event);
      renderer.tick(at(2_000));
      written.reset();
      renderer.tick(at(2_050));
      assertThat(written.size()).isZero();
      renderer.tick(at(2_100));
      assertThat(written.size()).isPositive();
    }
  }

  @Test
  void whatCtrlCDoesIsSaidAtTheEndOfTheBlock() {
    Stories it = Stories.running();
    try (LiveRenderer renderer = renderer(it)) {
      it.events.forEach(renderer::event);
      renderer.tick(at(2_000));
      terminal.write(written.toString(UTF_8));
      written.reset();
      terminal.write("^C");
      renderer.note("stopping");
      renderer.tick(at(2_010));
      assertThat(shown().lines().toList().getLast()).endsWith("stopping");
      assertThat(shown()).doesNotContain("^C");
    }
  }
}
