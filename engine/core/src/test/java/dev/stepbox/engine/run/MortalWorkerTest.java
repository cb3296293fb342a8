package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.run.SimulatedSandboxes.Fate;
import dev.stepbox.engine.testing.WordedWorkerContract;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The worker that bad luck is simulated with keeps what the real one keeps. */
class MortalWorkerTest extends WordedWorkerContract {

  private static final Duration LENGTH = Duration.ofMillis(5);

  /** Its time passes as soon as nobody has anything to say. */
  @Override
  protected AutoCloseable start(Transport<FromWorker, ToWorker> end) {
    var clock = new ManualClock();
    var timeline = new Timeline(clock);
    var worker =
        new MortalWorker(
            timeline,
            clock,
            new SimulatedSandboxes(timeline, clock),
            MortalWorkerTest::fate,
            message -> send(end, message));
    worker.begin();
    Thread listener = Thread.ofPlatform().daemon().start(() -> listen(end, worker, timeline));
    return () -> {
      end.close();
      listener.join();
    };
  }

  private static void listen(
      Transport<FromWorker, ToWorker> end, MortalWorker worker, Timeline timeline) {
    try {
      Optional<ToWorker> message = end.receive();
      while (message.isPresent()) {
        worker.hear(message.get());
        while (timeline.step()) {}
        message = end.receive();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(Transport<FromWorker, ToWorker> end, FromWorker message) {
    try {
      end.send(message);
    } catch (AgentException closed) {
      if (closed.code() != AgentErrorCode.TRANSPORT_CLOSED) {
        throw closed;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Fate fate(Assignment assignment, StepAssignment step) {
    String[] words = step.label().split(" ", 2);
    var fine = new StepOutcome.Succeeded();
    return switch (words[0]) {
      case "print" -> new Fate(fine, LENGTH, List.of(words[1]));
      case "exit" ->
          new Fate(new StepOutcome.Failed(Integer.parseInt(words[1]), null), LENGTH, List.of());
      case "hang" -> new Fate(fine, null, List.of(words[1]));
      case "variable" ->
          new Fate(
              fine,
              LENGTH,
              List.of(
                  assignment.secrets().stream()
                      .filter(secret -> secret.name().equals(words[1]))
                      .map(Secret::value)
                      .findFirst()
                      .map(_ -> "****")
                      .orElse("")));
      default ->
          new Fate(
              new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, "told not to start"),
              LENGTH,
              List.of());
    };
  }
}
