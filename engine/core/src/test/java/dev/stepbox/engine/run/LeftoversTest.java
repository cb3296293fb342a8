package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.home.Home;
import dev.stepbox.engine.testing.Eventually;
import dev.stepbox.engine.testing.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever way a build ends, its worker is told to end everything of it. */
@Timeout(120)
class LeftoversTest {
  private static final InstantSource CLOCK = () -> Instant.parse("2026-11-23T10:00:00Z");
  private static final String SHORT =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - sh: print hello
      """;
  private static final String HANGS =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - sh: hang waiting
          post:
            always:
              - sh: print cleaned
      """;

  @TempDir private Path directory;
  private final List<String> released = new CopyOnWriteArrayList<>();
  private final BlockingQueue<BuildSummary.State> statesAtRelease = new LinkedBlockingQueue<>();

  private LocalEngine engine() {
    return TestEngine.open(directory.resolve("home"), CLOCK);
  }

  /** An engine whose workers run nothing, and say what no plan knows when they are to. */
  private LocalEngine confused() {
    List<LocalEngine> made = new ArrayList<>();
    made.add(
        TestEngine.open(
            directory.resolve("home"),
            CLOCK,
            _ -> {
              InProcessTransport transport = InProcessTransport.create();
              Thread.ofPlatform()
                  .daemon()
                  .start(() -> confuse(transport.workerEnd(), made.getFirst()));
              return transport.engineEnd();
            }));
    return made.getFirst();
  }

  private void confuse(Transport<FromWorker, ToWorker> transport, LocalEngine engine) {
    try {
      transport.send(new FromWorker.WorkerReady(ProtocolVersion.CURRENT, "confused"));
      Optional<ToWorker> message = transport.receive();
      while (message.isPresent()) {
        switch (message.get()) {
          case ToWorker.RunStage run ->
              transport.send(
                  new FromWorker.StepStarted(
                      new AttemptId(run.assignment().attempt().build(), "nonsense", 1),
                      0,
                      Instant.EPOCH,
                      Duration.ZERO));
          case ToWorker.ReleaseBuild release -> {
            released.add(release.build());
            statesAtRelease.add(engine.find(BuildId.parse(release.build())).state());
            transport.send(new FromWorker.BuildReleased(release.build()));
          }
          case ToWorker.PrepareBuild _, ToWorker.ResumeStage _, ToWorker.CancelStage _ -> {}
        }
        message = transport.receive();
      }
    } catch (InterruptedException | AgentException ignored) {
      // The engine has closed the connection.
    }
  }

  private static List<BuildEvent> toEnd(EventStream stream) throws InterruptedException {
    List<BuildEvent> events = new ArrayList<>();
    try (stream) {
      Optional<BuildEvent> event = stream.next();
      while (event.isPresent()) {
        events.add(event.get());
        event = stream.next();
      }
    }
    return events;
  }

  private BuildId submit(LocalEngine engine, String yaml) throws InterruptedException {
    return engine.submit(
        TestEngine.request(yaml, directory)
            .secrets(List.of(new Secret("TOKEN", "hunter22")))
            .build());
  }

  /** A build whose engine is gone while its step runs. */
  private BuildId orphan() throws InterruptedException {
    try (LocalEngine before = engine()) {
      BuildId build = submit(before, HANGS);
      Eventually.holds(() ->
          assertThat(before.log(build, new StepKey("Build", null, 1)).open(0).readAllBytes())
              .isNotEmpty());
      return build;
    }
  }

  @Test
  void aBuildThatIsGivenUpIsReleasedBeforeItsEndIsTold() throws Exception {
    try (LocalEngine engine = confused()) {
      BuildId build = submit(engine, SHORT);
      List<BuildEvent> events = toEnd(engine.watch(build, 0));
      assertThat(((BuildFinished) events.getLast()).outcome()).isEqualTo(StageResult.ERRORED);
      assertThat(released).containsExactly(build.toString());
      assertThat(statesAtRelease.take()).isEqualTo(BuildSummary.State.RUNNING);
    }
  }

  @Test
  void anOrphanIsEndedWithoutItsSecretsAndWithoutItsPostSteps() throws Exception {
    BuildId build = orphan();
    try (LocalEngine after = confused()) {
      after.abandon(build, "test");
      List<BuildEvent> events = toEnd(after.watch(build, 0));
      assertThat(events)
          .filteredOn(StepFinished.class::isInstance)
          .extracting(event -> ((StepFinished) event).outcome())
          .satisfiesExactly(
              own -> assertThat(own).isEqualTo(new StepOutcome.Cancelled("test", null)),
              post -> assertThat(post).isInstanceOf(StepOutcome.Skipped.class));
      assertThat(((BuildFinished) events.getLast()).outcome()).isEqualTo(StageResult.ABORTED);
      assertThat(released).containsExactly(build.toString());
    }
  }

  @Test
  void aWorkerThatDoesNotAnswerIsNotWaitedForForEver() throws Exception {
    try (LocalEngine before = engine()) {
      BuildId over = submit(before, SHORT);
      List<BuildEvent> ignored = toEnd(before.watch(over, 0));
    }
    List<Transport<FromWorker, ToWorker>> silent = new CopyOnWriteArrayList<>();
    var leftovers =
        new Leftovers(
            Home.at(directory.resolve("home")),
            _ -> {
              InProcessTransport transport = InProcessTransport.create();
              silent.add(transport.workerEnd());
              return transport.engineEnd();
            },
            Duration.ofSeconds(1));
    // The build's lock is let go of a moment after its end was told.
    Eventually.holds(() -> {
      leftovers.sweep(Execution.REAL);
      assertThat(silent).isNotEmpty();
    });
    leftovers.await();
    assertThat(silent.getFirst().receive()).isPresent();
    assertThat(silent.getFirst().receive()).as("the connection is closed").isEmpty();
  }

  @Test
  void theNextBuildHasAnEarlierOneReleasedThatIsOverAndLeftSomething() throws Exception {
    BuildId orphan = orphan();
    BuildId over;
    try (LocalEngine before = engine()) {
      over = submit(before, SHORT);
      List<BuildEvent> ignored = toEnd(before.watch(over, 0));
    }
    try (LocalEngine after = confused()) {
      BuildId next = submit(after, SHORT);
      List<BuildEvent> ignored = toEnd(after.watch(next, 0));
      Eventually.holds(() ->
          assertThat(released)
              .containsExactlyInAnyOrder(over.toString(), next.toString())
              .doesNotContain(orphan.toString()));
    }
  }
}
