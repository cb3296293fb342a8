package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Listens to the worker of a build on a thread of its own. Output goes straight to the logs, so
 * that however much of it there is, memory holds no more than the connection does; everything else
 * goes to the build's own thread, which alone sends.
 */
final class WorkerLink {

  /** How long one look for an answer takes. */
  private static final long ANSWER_MILLIS = 100;

  private final Transport<ToWorker, FromWorker> transport;
  private final StepLogs logs;
  private final Consumer<Input> out;
  private final Consumer<EngineException> broken;
  private final SequencedMap<Step, Usage> samples = new LinkedHashMap<>();
  private final Thread thread;

  /** A step of an attempt. */
  record Step(String stage, int index) {}

  /**
   * A link that listens from {@link #start} on.
   *
   * @param out hears all but output and samples, and at last that the worker is gone
   * @param broken hears when output cannot be stored, or what the worker says cannot be taken in
   */
  WorkerLink(
      String name,
      Transport<ToWorker, FromWorker> transport,
      StepLogs logs,
      Consumer<Input> out,
      Consumer<EngineException> broken) {
    this.transport = transport;
    this.logs = logs;
    this.out = out;
    this.broken = broken;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::listen);
  }

  void start() {
    thread.start();
  }

  /**
   * Sends a message.
   *
   * @return that the worker is gone, for the one who sends to hear; null when it is not
   */
  Input.@Nullable WorkerGone send(ToWorker message) throws InterruptedException {
    try {
      transport.send(message);
      return null;
    } catch (AgentException e) {
      return new Input.WorkerGone(reason(e));
    }
  }

  /** What the steps that run use, in the order they were first heard of. */
  SequencedMap<StepKey, Usage> samples(BuildPlan plan) {
    SequencedMap<Step, Usage> heard;
    synchronized (samples) {
      heard = new LinkedHashMap<>(samples);
    }
    Map<String, PlannedStage> stages =
        plan.byName().sequencedValues().stream()
            .collect(Collectors.toMap(PlannedStage::id, stage -> stage));
    SequencedMap<StepKey, Usage> found = new LinkedHashMap<>();
    heard.forEach((step, usage) -> {
      PlannedStage stage = stages.get(step.stage());
      PlannedStep planned = stage == null ? null : Assignments.find(stage, step.index());
      if (planned != null) {
        found.put(planned.key(), usage);
      }
    });
    return found;
  }

  /**
   * Has the worker end everything of the build, whatever else it says meanwhile.
   *
   * @param inbox where its words come in
   * @return whether it has answered, or is gone
   */
  boolean release(BuildId build, Inbox inbox, Duration longest) throws InterruptedException {
    if (send(new ToWorker.ReleaseBuild(build.toString())) != null) {
      return true;
    }
    long due = System.nanoTime() + longest.toNanos();
    while (System.nanoTime() - due < 0) {
      Input input = inbox.take(ANSWER_MILLIS);
      boolean isDone =
          input instanceof Input.WorkerGone
              || (input instanceof Input.Told told
                  && told.message() instanceof FromWorker.BuildReleased);
      if (isDone) {
        return true;
      }
    }
    return false;
  }

  /** End the connection; for any thread. */
  void end() {
    transport.close();
  }

  /** End the connection and wait for the thread. */
  void close() throws InterruptedException {
    transport.close();
    thread.join();
  }

  private void listen() {
    String why = "it closed the connection";
    try {
      Optional<FromWorker> message = transport.receive();
      while (message.isPresent()) {
        hearOrDrop(message.get());
        message = transport.receive();
      }
    } catch (InterruptedException e) {
      why = "the engine stopped listening";
    } catch (AgentException e) {
      why = reason(e);
    } catch (RuntimeException e) {
      broken.accept(defect(e));
    } finally {
      // Also after an error of the machine: a build whose worker nobody hears would wait for ever.
      out.accept(new Input.WorkerGone(why));
    }
  }

  /** A worker whose output cannot be stored is listened to none the less: it is to end its work. */
  private void hearOrDrop(FromWorker message) {
    try {
      hear(message);
    } catch (EngineException e) {
      broken.accept(e);
    } catch (RuntimeException e) {
      broken.accept(defect(e));
    }
  }

  private static EngineException defect(RuntimeException e) {
    return new EngineException(
        ErrorCode.INTERNAL,
        "cannot take in what the worker says: %s. Please report this.".formatted(e),
        e);
  }

  private static String reason(AgentException e) {
    String message = e.getMessage();
    return message == null ? e.code().id() : message;
  }

  private void hear(FromWorker message) {
    switch (message) {
      case FromWorker.StepOutput output -> logs.append(output);
      case FromWorker.StepSampled sampled -> {
        synchronized (samples) {
          samples.put(step(sampled.attempt(), sampled.step()), sampled.usage());
        }
      }
      case FromWorker.StepFinished finished -> {
        synchronized (samples) {
          samples.remove(step(finished.attempt(), finished.step()));
        }
        long bytes = logs.finish(finished.attempt().stage(), finished.step());
        out.accept(new Input.Told(finished, bytes));
      }
      case FromWorker.WorkerReady _,
          FromWorker.StageAccepted _,
          FromWorker.StepStarted _,
          FromWorker.ArtifactStored _,
          FromWorker.StashStored _,
          FromWorker.Announcement _,
          FromWorker.StageFinished _,
          FromWorker.BuildReleased _,
          FromWorker.WorkerFault _ ->
          out.accept(new Input.Told(message, 0));
    }
  }

  private static Step step(AttemptId attempt, int index) {
    return new Step(attempt.stage(), index);
  }
}
