package dev.stepbox.agent.worker;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.agent.worker.execution.StageRun;
import dev.stepbox.agent.worker.workspace.BuildSpace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the stages that an engine sends, each on a thread of its own, any number side by side. Ends
 * when either end of the transport is closed: then what runs in sandboxes goes on, for a later
 * worker that is told to resume it.
 */
public final class Worker implements AutoCloseable {
  /** How long a stage may take to end when its build is released. */
  static final Duration STAGE_END_MAX = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final WorkerConfig config;
  private final Transport<FromWorker, ToWorker> transport;
  private final Map<String, BuildSpace> builds = new HashMap<>();
  private final Map<AttemptId, Attempt> attempts = new HashMap<>();
  private final Set<Thread> others = ConcurrentHashMap.newKeySet();
  private final Thread receiver;
  private final Duration stageEndMax;

  /** A run and the thread it is on. */
  private record Attempt(StageRun run, Thread thread) {}

  private Worker(
      WorkerConfig config, Transport<FromWorker, ToWorker> transport, Duration stageEndMax) {
    this.config = config;
    this.stageEndMax = stageEndMax;
    this.transport = transport;
    this.receiver =
        Thread.ofPlatform().daemon().name("worker-" + config.name()).unstarted(this::receive);
  }

  /**
   * Starts a worker. Its first message is {@link FromWorker.WorkerReady}.
   *
   * @throws AgentException {@link AgentErrorCode#TRANSPORT_CLOSED}
   */
  public static Worker start(WorkerConfig config, Transport<FromWorker, ToWorker> transport)
      throws InterruptedException {
    return start(config, transport, STAGE_END_MAX);
  }

  /** A worker that gives stages another time to end than {@link #STAGE_END_MAX}. */
  static Worker start(
      WorkerConfig config, Transport<FromWorker, ToWorker> transport, Duration stageEndMax)
      throws InterruptedException {
    var worker = new Worker(config, transport, stageEndMax);
    transport.send(new FromWorker.WorkerReady(ProtocolVersion.CURRENT, config.name()));
    worker.receiver.start();
    return worker;
  }

  /** Ends the worker and waits until none of its threads does anything any more. Idempotent. */
  @Override
  public void close() {
    transport.close();
    boolean isInterrupted = false;
    while (true) {
      try {
        receiver.join();
        break;
      } catch (InterruptedException ignored) {
        // Told again below: half an end would leave threads behind.
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive() {
    try {
      Optional<ToWorker> next = transport.receive();
      while (next.isPresent()) {
        handle(next.get());
        next = transport.receive();
      }
      leave();
    } catch (InterruptedException ignored) {
      // Nobody knows this thread, so nobody interrupts it.
    }
  }

  /** The one who receives never sends: a message that has to be answered gets a thread. */
  private void handle(ToWorker message) {
    switch (message) {
      case ToWorker.PrepareBuild prepare -> {
        BuildSpace space = build(prepare.build());
        startOther("sandbox-" + prepare.build(), () -> space.prepareSandbox(prepare.demands()));
        startOther("layers-" + prepare.build(), () -> space.prepareLayers(prepare.demands()));
      }
      case ToWorker.RunStage run -> {
        AttemptId attempt = run.assignment().attempt();
        begin(
            attempt,
            StageRun.begin(
                build(attempt.build()), run.assignment(), transport::send, config.clock()));
      }
      case ToWorker.ResumeStage resume -> {
        AttemptId attempt = resume.assignment().attempt();
        begin(
            attempt,
            StageRun.resume(build(attempt.build()), resume, transport::send, config.clock()));
      }
      case ToWorker.CancelStage cancel -> {
        Attempt known = known(cancel.attempt());
        if (known != null) {
          known.run().cancel(cancel.mode(), cancel.reason());
        }
      }
      case ToWorker.ReleaseBuild release ->
          startOther("release-" + release.build(), () -> release(release.build()));
    }
  }

  private synchronized BuildSpace build(String build) {
    return builds.computeIfAbsent(build, name -> new BuildSpace(config, name));
  }

  private synchronized @Nullable Attempt known(AttemptId attempt) {
    return attempts.get(attempt);
  }

  private synchronized void begin(AttemptId attempt, StageRun run) {
    if (attempts.containsKey(attempt)) {
      startOther(
          "refuse-" + attempt,
          () ->
              transport.send(
                  new FromWorker.WorkerFault(
                      attempt.build(),
                      AgentErrorCode.MESSAGE_OUT_OF_PLACE,
                      "cannot begin %s: this worker has it already. Begin another attempt."
                          .formatted(attempt))));
    } else {
      attempts.put(attempt, new Attempt(run, startThread("stage-" + attempt, run::run)));
    }
  }

  private void release(String build) throws InterruptedException {
    List<Attempt> running = attemptsOf(build);
    running.forEach(attempt -> attempt.run().cancel(CancelMode.KILL, "the build was released"));
    for (Attempt attempt : running) {
      if (!attempt.thread().join(stageEndMax)) {
        // It waits for a sandbox that does not answer, and which is about to be ended.
        attempt.thread().interrupt();
      }
    }
    try {
      build(build).release();
    } catch (RuntimeException e) {
      LOG.warn("cannot release build {}", build, e);
      transport.send(
          new FromWorker.WorkerFault(
              build,
              AgentErrorCode.WORKSPACE_UNUSABLE,
              "cannot remove everything of build %s: %s".formatted(build, e.getMessage())));
    }
    synchronized (this) {
      builds.remove(build);
      attempts.keySet().removeIf(attempt -> attempt.build().equals(build));
    }
    transport.send(new FromWorker.BuildReleased(build));
  }

  private synchronized List<Attempt> attemptsOf(String build) {
    List<Attempt> found = new ArrayList<>();
    attempts.forEach((id, attempt) -> {
      if (id.build().equals(build)) {
        found.add(attempt);
      }
    });
    return found;
  }

  /** Lets everything run on but what is being released, and stops following it. */
  private void leave() throws InterruptedException {
    List<Attempt> running;
    List<BuildSpace> open;
    synchronized (this) {
      running = List.copyOf(attempts.values());
      open = List.copyOf(builds.values());
    }
    running.forEach(attempt -> attempt.thread().interrupt());
    for (Attempt attempt : running) {
      attempt.thread().join();
    }
    for (Thread other : others) {
      other.join();
    }
    open.forEach(BuildSpace::detach);
  }

  /** Work that ends quietly when the worker does. */
  private interface Work {
    void go() throws InterruptedException;
  }

  /** Work that is not interrupted when the worker ends: half of it would be worse than none. */
  private void startOther(String name, Work work) {
    Thread thread =
        thread(
            name,
            () -> {
              try {
                work.go();
              } finally {
                others.remove(Thread.currentThread());
              }
            });
    others.add(thread);
    thread.start();
  }

  private static Thread startThread(String name, Work work) {
    Thread thread = thread(name, work);
    thread.start();
    return thread;
  }

  private static Thread thread(String name, Work work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .unstarted(() -> {
          try {
            work.go();
          } catch (InterruptedException ignored) {
            // The worker ends.
          } catch (AgentException e) {
            if (e.code() != AgentErrorCode.TRANSPORT_CLOSED) {
              LOG.error("{} failed", name, e);
            }
          } catch (RuntimeException e) {
            LOG.error("{} failed: a defect of the worker", name, e);
          }
        });
  }
}
