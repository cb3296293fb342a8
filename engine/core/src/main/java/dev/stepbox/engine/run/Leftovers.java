package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.home.Home;
import dev.stepbox.engine.worker.WorkerConnector;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what builds that are over have left running: the process of their engine was killed at the
 * very end, or their worker could not end a step. Such a build has a directory for running steps
 * still, and nobody can take it over any more. Thread-safe.
 */
final class Leftovers {

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  private final Home home;
  private final WorkerConnector workers;
  private final Duration answerMax;
  private final Set<Thread> sweeping = ConcurrentHashMap.newKeySet();

  Leftovers(Home home, WorkerConnector workers) {
    this(home, workers, BuildMachine.LAST_WORD_MAX);
  }

  /**
   * Ends what is left.
   *
   * @param answerMax how long a worker may take for it, once somebody waits
   */
  Leftovers(Home home, WorkerConnector workers, Duration answerMax) {
    this.home = home;
    this.workers = workers;
    this.answerMax = answerMax;
  }

  /**
   * Has a worker release such builds, on a thread of its own.
   *
   * @param execution of the builds that this engine's workers can release
   */
  void sweep(Execution execution) {
    begin("sweep", () -> look(execution));
  }

  private void look(Execution execution) {
    try {
      home.removeHalfRemoved();
    } catch (EngineException e) {
      LOG.warn("what is left of removed builds stays", e);
    }
    for (BuildId build : home.builds()) {
      BuildDirectory directory = home.place(build);
      if (Files.isDirectory(directory.places().run()) && !BuildLock.isTaken(directory.lock())) {
        begin("sweep-" + build, () -> release(directory, execution));
      }
    }
  }

  private void begin(String name, Runnable work) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .unstarted(() -> {
              try {
                work.run();
              } finally {
                sweeping.remove(Thread.currentThread());
              }
            });
    sweeping.add(thread);
    thread.start();
  }

  /** Waits until all of it is done, or a worker has had its time and is left to itself. */
  void await() {
    boolean isInterrupted = false;
    long due = System.nanoTime() + answerMax.toNanos();
    // One begins others before it is over.
    for (Thread thread = any(); thread != null; thread = any()) {
      try {
        long left = Math.max(1, due - System.nanoTime());
        if (!thread.join(Duration.ofNanos(left))) {
          LOG.warn("'{}' has not ended within {}", thread.getName(), answerMax);
          thread.interrupt();
        }
        sweeping.remove(thread);
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Thread any() {
    return sweeping.stream().findAny().orElse(null);
  }

  private void release(BuildDirectory directory, Execution execution) {
    try (BuildLock lock = BuildLock.take(directory.lock()).orElse(null)) {
      if (lock != null && isOver(directory, execution)) {
        release(directory);
      }
    } catch (EngineException | AgentException e) {
      LOG.warn("what build {} has left cannot be ended", directory.build(), e);
    } catch (InterruptedException e) {
      LOG.debug("build {} is not swept up", directory.build(), e);
    }
  }

  private static boolean isOver(BuildDirectory directory, Execution execution) {
    if (!Files.exists(directory.journal())) {
      return false;
    }
    BuildSummary summary = Summaries.of(directory);
    return summary.state() == BuildSummary.State.FINISHED && summary.execution() == execution;
  }

  private void release(BuildDirectory directory) throws InterruptedException {
    Transport<ToWorker, FromWorker> transport = workers.connect(directory.places());
    try {
      transport.send(new ToWorker.ReleaseBuild(directory.build().toString()));
      Optional<FromWorker> answer = transport.receive();
      while (answer.isPresent() && !(answer.get() instanceof FromWorker.BuildReleased)) {
        if (answer.get() instanceof FromWorker.WorkerFault fault) {
          LOG.warn("what build {} has left: {}", directory.build(), fault.message());
        }
        answer = transport.receive();
      }
    } finally {
      transport.close();
    }
  }
}
