package dev.stepbox.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.FromWorker.BuildReleased;
import dev.stepbox.agent.protocol.FromWorker.StageAccepted;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.RecordedWorker;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.Sandboxes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stage that waits for a sandbox which never comes. */
@Timeout(60)
class StuckStageTest {
  private static final Duration LIMIT = Duration.ofMillis(300);

  @TempDir private Path home;

  /** Opening takes until the thread is interrupted. */
  private static final class StuckSandboxes implements Sandboxes {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch never = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);

    @Override
    public BuildSandbox open(IsolationRequest request) throws InterruptedException {
      entered.countDown();
      try {
        never.await();
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw e;
      }
      throw new IllegalStateException("nobody counts down");
    }

    @Override
    public Optional<BuildSandbox> reattach(Path runDirectory) {
      return Optional.empty();
    }

    @Override
    public Optional<SandboxExit> recordedExit(Path runDirectory, String step) {
      return Optional.empty();
    }

    @Override
    public Path recordedOutput(Path runDirectory, String step) {
      return runDirectory.resolve(step);
    }

    @Override
    public void sweep(Path runDirectory) {}
  }

  @Test
  void aStageThatDoesNotEndIsGivenUpAfterItsTime() throws Exception {
    var sandboxes = new StuckSandboxes();
    InProcessTransport transport = InProcessTransport.create();
    var cache = new PlainLayerCache(home.resolve("store"));
    try (var engine = new RecordedWorker(transport.engineEnd());
        var _ =
            Worker.start(TestHome.config(home, cache, sandboxes), transport.workerEnd(), LIMIT)) {
      Assignment stage =
          StageDriver.assignment("stuck", StageDriver.emptyOnHost(), StageDriver.sh("true"));
      engine.send(new ToWorker.RunStage(stage));
      StageAccepted ignored =
          engine.await(StageAccepted.class, each -> each.attempt().equals(stage.attempt()));
      sandboxes.entered.await();
      long released = System.nanoTime();
      engine.send(new ToWorker.ReleaseBuild(StageDriver.BUILD));
      BuildReleased end =
          engine.await(BuildReleased.class, each -> each.build().equals(StageDriver.BUILD));
      assertThat(end.build()).isEqualTo(StageDriver.BUILD);
      assertThat(Duration.ofNanos(System.nanoTime() - released)).isGreaterThanOrEqualTo(LIMIT);
      sandboxes.interrupted.await();
    }
  }
}
