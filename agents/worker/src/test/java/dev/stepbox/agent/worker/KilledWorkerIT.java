package dev.stepbox.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Action.WhenEmpty;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.FromWorker.StepFinished;
import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.agent.protocol.FromWorker.StepStarted;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.codec.MessageCodec;
import dev.stepbox.isolation.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The process of engine and worker is killed by force, and another one goes on with nothing but
 * what the first one had written down. Every step runs once, and every line is told once.
 */
@Timeout(120)
class KilledWorkerIT {
  private static final int LINES = 150;

  @RegisterExtension private final RealHome home = new RealHome();

  /** Three slow printers, each of which leaves a trace; the last step shows the traces. */
  static Assignment assignment() {
    List<Action> actions = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      actions.add(
          StageDriver.sh(
              "echo %1$s >> traces; i=0; while [ $i -lt %2$d ]; do i=$((i+1));"
                      .formatted(name, LINES)
                  + " echo %s$i $TOKEN; sleep 0.003; done".formatted(name)));
    }
    actions.add(new Action.Archive(List.of("traces"), List.of(), WhenEmpty.FAIL));
    actions.add(StageDriver.sh("cat traces"));
    return StageDriver.assignment(
            "killed", StageDriver.emptyOnHost(), actions.toArray(Action[]::new))
        .toBuilder()
        .secrets(List.of(new Secret("TOKEN", "hunter2222")))
        .build();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 149, 151, 452})
  void theNextProcessGoesOn(int linesBeforeTheKill) throws Exception {
    Path events = home.path().resolve("events");
    killed(events, linesBeforeTheKill);
    List<FromWorker> before = read(events);
    List<FromWorker> after = new ArrayList<>();
    if (before.stream().noneMatch(StageFinished.class::isInstance)) {
      after.addAll(resume(before));
    }
    List<FromWorker> all = new ArrayList<>(before);
    all.addAll(after);
    StageFinished end = (StageFinished) all.getLast();
    assertThat(end.result()).as(end.because()).isEqualTo(StageResult.SUCCEEDED);
    for (int step = 0; step < 3; step++) {
      assertThat(output(all, step)).isEqualTo(expected("abc".charAt(step)));
    }
    assertThat(output(all, 4)).isEqualTo("a\nb\nc\n");
    assertThat(all.stream().filter(StepFinished.class::isInstance)).hasSize(5);
    assertThat(all.stream().filter(StepStarted.class::isInstance)).hasSize(5);
  }

  private List<FromWorker> resume(List<FromWorker> before) throws Exception {
    try (var driver = new StageDriver(home.config())) {
      driver
          .engine()
          .send(new ToWorker.ResumeStage(assignment(), Instant.now(), progress(before), null));
      StageFinished ignored = driver.engine().awaitEnd(assignment().attempt());
      List<FromWorker> after = driver.engine().messages(assignment().attempt());
      driver.release();
      return after;
    }
  }

  private static String expected(char name) {
    return IntStream.rangeClosed(1, LINES)
        .mapToObj(i -> "%c%d ****%n".formatted(name, i))
        .collect(Collectors.joining());
  }

  private static String output(List<FromWorker> messages, int step) {
    return messages.stream()
        .filter(message -> message instanceof StepOutput output && output.step() == step)
        .map(message -> ((StepOutput) message).bytes().utf8())
        .collect(Collectors.joining());
  }

  private static List<StepProgress> progress(List<FromWorker> messages) {
    var started = new TreeMap<Integer, Boolean>();
    var offsets = new TreeMap<Integer, Long>();
    var outcomes = new TreeMap<Integer, StepOutcome>();
    for (FromWorker message : messages) {
      switch (message) {
        case StepStarted begun -> started.put(begun.step(), true);
        case StepOutput output -> offsets.put(output.step(), output.rawEndOffset());
        case StepFinished over -> outcomes.put(over.step(), over.outcome());
        default -> {}
      }
    }
    return started.keySet().stream()
        .map(step ->
            new StepProgress(step, true, offsets.getOrDefault(step, 0L), outcomes.get(step)))
        .toList();
  }

  /** Runs the stage in another process, and kills that one when enough is written down. */
  private void killed(Path events, int lines) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                WorkerProcess.class.getName(),
                home.path().toString(),
                events.toString())
            .inheritIO()
            .start();
    try {
      Eventually.holds(
          "enough is written down",
          () -> assertThat(!process.isAlive() || outputLines(events) >= lines).isTrue());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static long outputLines(Path events) throws IOException {
    if (!Files.exists(events)) {
      return -1;
    }
    return read(events).stream()
        .filter(StepOutput.class::isInstance)
        .mapToLong(message -> ((StepOutput) message).bytes().utf8().lines().count())
        .sum();
  }

  /** What was written down; a line that was cut by the kill is none. */
  private static List<FromWorker> read(Path events) throws IOException {
    List<FromWorker> messages = new ArrayList<>();
    String text = Files.readString(events);
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      FromWorker message = MessageCodec.decodeFromWorker(line);
      if (!(message instanceof FromWorker.WorkerReady)) {
        messages.add(message);
      }
    }
    return messages;
  }
}
