package dev.stepbox.agent.protocol;

import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.FromWorker.StepFinished;
import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The engine's end of a connection: keeps all that the worker says, and waits for things in it. */
public final class RecordedWorker implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Transport<ToWorker, FromWorker> end;
  private final List<FromWorker> messages = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();

  /** Receives from now on. */
  public RecordedWorker(Transport<ToWorker, FromWorker> end) {
    this.end = end;
    Thread.ofPlatform().daemon().name("recorded-worker").start(this::receiveAll);
  }

  private void receiveAll() {
    try {
      for (var next = end.receive(); next.isPresent(); next = end.receive()) {
        lock.lock();
        try {
          messages.add(next.get());
          arrived.signalAll();
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException ignored) {
      // Closed.
    }
  }

  public void send(ToWorker message) throws InterruptedException {
    end.send(message);
  }

  /** Everything until now. */
  public List<FromWorker> messages() {
    lock.lock();
    try {
      return List.copyOf(messages);
    } finally {
      lock.unlock();
    }
  }

  /** Everything of one attempt until now. */
  public List<FromWorker> messages(AttemptId attempt) {
    return messages().stream().filter(message -> attempt.equals(attemptOf(message))).toList();
  }

  /** Waits for a message of a type that has a quality; one that has arrived already counts. */
  public <M extends FromWorker> M await(Class<M> type, Predicate<M> quality)
      throws InterruptedException {
    long nanos = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    lock.lock();
    try {
      int seen = 0;
      while (true) {
        for (; seen < messages.size(); seen++) {
          if (type.isInstance(messages.get(seen)) && quality.test(type.cast(messages.get(seen)))) {
            return type.cast(messages.get(seen));
          }
        }
        if (nanos <= 0) {
          throw new AssertionError("no such " + type.getSimpleName() + " among " + messages);
        }
        nanos = arrived.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end of an attempt. */
  public StageFinished awaitEnd(AttemptId attempt) throws InterruptedException {
    return await(StageFinished.class, end -> end.attempt().equals(attempt));
  }

  /** Waits until a step's output contains a text. */
  public void awaitOutput(AttemptId attempt, int step, String text) throws InterruptedException {
    StepOutput ignored =
        await(StepOutput.class, output -> this.output(attempt, step).contains(text));
  }

  /** The output of a step until now, as UTF-8. */
  public String output(AttemptId attempt, int step) {
    var bytes = new ByteArrayOutputStream();
    for (FromWorker message : messages(attempt)) {
      if (message instanceof StepOutput output && output.step() == step) {
        bytes.writeBytes(output.bytes().toByteArray());
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** How the steps of an attempt ended, by index. */
  public SortedMap<Integer, StepOutcome> outcomes(AttemptId attempt) {
    var outcomes = new TreeMap<Integer, StepOutcome>();
    for (FromWorker message : messages(attempt)) {
      if (message instanceof StepFinished finished) {
        outcomes.put(finished.step(), finished.outcome());
      }
    }
    return outcomes;
  }

  private static @Nullable AttemptId attemptOf(FromWorker message) {
    return switch (message) {
      case FromWorker.StageAccepted accepted -> accepted.attempt();
      case FromWorker.StepStarted started -> started.attempt();
      case StepOutput output -> output.attempt();
      case FromWorker.StepSampled sampled -> sampled.attempt();
      case StepFinished finished -> finished.attempt();
      case FromWorker.ArtifactStored stored -> stored.attempt();
      case FromWorker.StashStored stored -> stored.attempt();
      case FromWorker.Announcement announcement -> announcement.attempt();
      case StageFinished finished -> finished.attempt();
      case FromWorker.WorkerReady _, FromWorker.BuildReleased _, FromWorker.WorkerFault _ -> null;
    };
  }

  @Override
  public void close() {
    end.close();
  }
}
