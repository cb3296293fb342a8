package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.EngineConfig;
import dev.stepbox.engine.EngineConfig.LayersOpener;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.home.Home;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.testing.Eventually;
import dev.stepbox.engine.testing.FakeLayers;
import dev.stepbox.engine.testing.FakeOpener;
import dev.stepbox.engine.testing.TestEngine;
import dev.stepbox.engine.worker.WorkerConnector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a build when a part that carries it on fails. */
@Timeout(120)
class TroubledRunTest {

  private static final String HELLO =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - sh: print hello
            - sh: lines 5
        - stage: Test
          steps:
            - sh: print tested
      """;
  private static final String HANGS =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - sh: hang waiting
      """;
  private static final InstantSource CLOCK = () -> Instant.parse("2026-11-23T10:00:00Z");

  @TempDir private Path directory;

  private Path home() {
    return directory.resolve("home");
  }

  private LocalEngine engine() {
    return TestEngine.open(home(), CLOCK);
  }

  private BuildRequest request(String yaml) {
    return TestEngine.request(yaml, directory).build();
  }

  private EngineConfig config(WorkerConnector workers, LayersOpener layers) {
    return TestEngine.config(home(), CLOCK, workers, layers);
  }

  /** The last event of a build, once it has come. */
  private static BuildFinished end(LocalEngine engine, BuildId build) throws InterruptedException {
    try (EventStream stream = engine.watch(build, 0)) {
      BuildEvent last = stream.next().orElseThrow();
      for (Optional<BuildEvent> event = stream.next(); event.isPresent(); event = stream.next()) {
        last = event.get();
      }
      return (BuildFinished) last;
    }
  }

  @Test
  void aBuildWhoseTakingOverIsInterruptedCanBeCarriedOnLater() throws Exception {
    BuildId build;
    try (LocalEngine engine = engine()) {
      build = engine.submit(request(HANGS));
    }

    EngineConfig config = config(TestEngine::worker, new InterruptedOnce());
    try (LocalEngine other = LocalEngine.open(config)) {
      assertThatThrownBy(() -> other.resume(build, List.of()))
          .isInstanceOf(InterruptedException.class);
      other.abandon(build, "test");
      assertThat(end(other, build).outcome()).isEqualTo(StageResult.ABORTED);
    }
  }

  @Test
  void nothingIsLeftOfABuildWhoseBeginningIsInterrupted() throws Exception {
    EngineConfig config = config(TestEngine::worker, new InterruptedOnce());
    try (LocalEngine other = LocalEngine.open(config)) {
      assertThatThrownBy(() -> other.submit(request(HELLO)))
          .isInstanceOf(InterruptedException.class);
    }
    assertThat(Home.at(home()).builds()).isEmpty();
  }

  @Test
  void aBuildWhoseJournalIsFullTellsSoAndCanOnlyBeEnded() throws Exception {
    long bytes;
    try (LocalEngine engine = engine()) {
      BuildId whole = engine.submit(request(HELLO));
      assertThat(end(engine, whole).outcome()).isEqualTo(StageResult.SUCCEEDED);
      bytes = Files.size(Home.at(home()).build(whole).journal());
    }

    EngineConfig config = config(TestEngine::worker, new FakeOpener(home().resolve("sources")));
    try (LocalEngine small = new LocalEngine(config, bytes / 2)) {
      BuildId build = small.submit(request(HELLO));
      assertThat(end(small, build).because())
          .endsWith(
              "Make a smaller build. 'stepbox cancel %s' ends what is left of this one."
                  .formatted(build));
      Eventually.holds(
          () -> assertThat(small.find(build).state()).isEqualTo(BuildSummary.State.INTERRUPTED));

      small.abandon(build, "test");
      assertThat(end(small, build).outcome()).isEqualTo(StageResult.ABORTED);
      assertThat(small.find(build).state()).isEqualTo(BuildSummary.State.FINISHED);
    }
  }

  @Test
  void aBuildWhosePreparationEndsWithAnErrorOfTheMachineEnds() throws Exception {
    FakeOpener hungry =
        new FakeOpener(home().resolve("sources")) {
          @Override
          public BuildLayers open(BuildId build, Path pipeline) {
            return new FakeLayers(home().resolve("sources")) {
              @Override
              public Joined join(RootImage image, List<Origin> origins) {
                throw new OutOfMemoryError("of a test");
              }
            };
          }
        };
    try (LocalEngine other = LocalEngine.open(config(TestEngine::worker, hungry))) {
      BuildId build = other.submit(request(HELLO));
      BuildFinished end = end(other, build);
      assertThat(end.outcome()).isEqualTo(StageResult.ERRORED);
      assertThat(end.because()).contains("OutOfMemoryError: of a test");
    }
  }

  @Test
  void aBuildIsLetGoEvenWhenItsWorkerCannotBe() throws Exception {
    EngineConfig config =
        config(
            places -> new Unclosable(TestEngine.worker(places)),
            new FakeOpener(home().resolve("sources")));
    try (LocalEngine other = LocalEngine.open(config)) {
      BuildId build = other.submit(request(HELLO));
      assertThat(end(other, build).outcome()).isEqualTo(StageResult.SUCCEEDED);
      Path lock = Home.at(home()).build(build).lock();
      Eventually.holds(() -> assertThat(BuildLock.isTaken(lock)).isFalse());
    }
  }

  /** The first build that is opened is interrupted in it. */
  private final class InterruptedOnce extends FakeOpener {
    private boolean isOver;

    private InterruptedOnce() {
      super(home().resolve("sources"));
    }

    @Override
    public BuildLayers open(BuildId build, Path pipeline) throws InterruptedException {
      if (!isOver) {
        isOver = true;
        throw new InterruptedException("as the user asked");
      }
      return super.open(build, pipeline);
    }
  }

  private record Unclosable(Transport<ToWorker, FromWorker> open)
      implements Transport<ToWorker, FromWorker> {
    @Override
    public void send(ToWorker message) throws InterruptedException {
      open.send(message);
    }

    @Override
    public Optional<FromWorker> receive() throws InterruptedException {
      return open.receive();
    }

    @Override
    public void close() {
      open.close();
      throw new IllegalStateException("it is broken");
    }
  }
}
