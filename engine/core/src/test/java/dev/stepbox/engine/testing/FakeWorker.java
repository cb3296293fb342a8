package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A worker that does what the scripts say, without a sandbox: {@code print TEXT}, {@code lines N},
 * {@code exit N}, {@code hang TEXT}, {@code variable NAME}, {@code cannot start}. What a step does
 * follows from its script alone, so that an attempt can be resumed after the death of the process.
 */
public final class FakeWorker implements AutoCloseable {

  private final Transport<FromWorker, ToWorker> transport;
  private final Map<AttemptId, FakeAttempt> attempts = new ConcurrentHashMap<>();

  private FakeWorker(Transport<FromWorker, ToWorker> transport) {
    this.transport = transport;
  }

  public static FakeWorker start(Transport<FromWorker, ToWorker> transport) {
    var worker = new FakeWorker(transport);
    worker.tell(new FromWorker.WorkerReady(ProtocolVersion.CURRENT, "fake"));
    Thread.ofPlatform().daemon().start(worker::listen);
    return worker;
  }

  /** Ends the worker; what its steps do is lost, as it does not matter. */
  @Override
  public void close() {
    transport.close();
  }

  void tell(FromWorker message) {
    try {
      transport.send(message);
    } catch (AgentException closed) {
      if (closed.code() != AgentErrorCode.TRANSPORT_CLOSED) {
        throw closed;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void listen() {
    try {
      Optional<ToWorker> message = transport.receive();
      while (message.isPresent()) {
        hear(message.get());
        message = transport.receive();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void hear(ToWorker message) {
    switch (message) {
      case ToWorker.PrepareBuild _ -> {}
      case ToWorker.RunStage run ->
          begin(new FakeAttempt(this, run.assignment(), Instant.EPOCH, List.of()));
      case ToWorker.ResumeStage resume -> {
        var attempt =
            new FakeAttempt(this, resume.assignment(), resume.startedAt(), resume.progress());
        ToWorker.Stop stop = resume.stop();
        if (stop != null) {
          attempt.cancel(stop.mode(), stop.reason());
        }
        begin(attempt);
      }
      case ToWorker.CancelStage cancel -> {
        FakeAttempt attempt = attempts.get(cancel.attempt());
        if (attempt != null) {
          attempt.cancel(cancel.mode(), cancel.reason());
        }
      }
      case ToWorker.ReleaseBuild release -> release(release.build());
    }
  }

  private void begin(FakeAttempt attempt) {
    Assignment assignment = attempt.assignment();
    if (attempts.putIfAbsent(assignment.attempt(), attempt) != null) {
      tell(
          new FromWorker.WorkerFault(
              assignment.attempt().build(),
              AgentErrorCode.MESSAGE_OUT_OF_PLACE,
              assignment.attempt() + " runs already"));
      return;
    }
    for (StepAssignment step : assignment.allSteps()) {
      if (step.action() instanceof Action.Checkout checkout
          && checkout.source().layer().isBlank()) {
        throw new IllegalStateException("a checkout without a tree");
      }
    }
    attempt.start();
  }

  private void release(String build) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          for (FakeAttempt attempt : attempts.values()) {
            attempt.cancel(CancelMode.KILL, "release");
            attempt.awaitEnd();
          }
          attempts.clear();
          tell(new FromWorker.BuildReleased(build));
        });
  }
}
