package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every connection between an engine and a worker keeps; a subclass opens one. */
@Timeout(120)
public abstract class TransportContract {
  private static final AttemptId ATTEMPT = new AttemptId("1", "stage", 1);

  /** The two ends of a connection. */
  public record Ends(
      Transport<ToWorker, FromWorker> engine, Transport<FromWorker, ToWorker> worker) {}

  /** A new connection. */
  protected abstract Ends connect();

  @Test
  void messagesArriveWholeAndInOrder() throws Exception {
    Ends ends = connect();
    List<FromWorker> sent =
        IntStream.range(0, 500).<FromWorker>mapToObj(i -> output(i, "line " + i)).toList();
    for (FromWorker message : sent) {
      ends.worker().send(message);
    }
    List<FromWorker> received = new ArrayList<>();
    while (received.size() < sent.size()) {
      received.add(ends.engine().receive().orElseThrow());
    }
    assertThat(received).isEqualTo(sent);
  }

  @Test
  void bothDirectionsAreIndependent() throws Exception {
    Ends ends = connect();
    var release = new ToWorker.ReleaseBuild("7");
    ends.engine().send(release);
    ends.worker().send(output(0, "x"));
    assertThat(ends.engine().receive()).contains(output(0, "x"));
    assertThat(ends.worker().receive()).contains(release);
  }

  @Test
  void sendsOfSeveralThreadsAllArrive() throws Exception {
    Ends ends = connect();
    int threads = 4;
    int each = 1000;
    try (ExecutorService executor =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      for (int t = 0; t < threads; t++) {
        int thread = t;
        Future<?> ignored =
            executor.submit(() -> {
              for (int i = 0; i < each; i++) {
                ends.worker().send(output(thread, Integer.toString(i)));
              }
              return null;
            });
      }
      int[] next = new int[threads];
      for (int i = 0; i < threads * each; i++) {
        var output = (StepOutput) ends.engine().receive().orElseThrow();
        assertThat(output.bytes().utf8()).isEqualTo(Integer.toString(next[output.step()]++));
      }
    }
  }

  @Test
  void aSenderWaitsForASlowReceiver() throws Exception {
    Ends ends = connect();
    int messages = 200;
    var piece = Bytes.owning(new byte[StepOutput.MAX_BYTES]);
    var sent = new AtomicInteger();
    try (ExecutorService executor =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      Future<?> sender =
          executor.submit(() -> {
            for (int i = 0; i < messages; i++) {
              ends.worker().send(new StepOutput(ATTEMPT, 0, piece, i, List.of()));
              sent.incrementAndGet();
            }
            return null;
          });
      for (int received = 0; received < messages; received++) {
        assertThat(sent.get() - received)
            .as("messages of 1 MiB that are on the way at once")
            .isLessThan(64);
        assertThat(ends.engine().receive()).isPresent();
      }
      sender.get();
    }
  }

  @Test
  void whatWasSentBeforeACloseIsStillReceived() throws Exception {
    Ends ends = connect();
    ends.worker().send(output(0, "last words"));
    ends.worker().close();
    assertThat(ends.engine().receive()).contains(output(0, "last words"));
    assertThat(ends.engine().receive()).isEmpty();
    assertThat(ends.engine().receive()).isEmpty();
  }

  @Test
  void closingTwiceIsNoError() {
    Ends ends = connect();
    ends.engine().close();
    ends.engine().close();
    ends.worker().close();
  }

  @Test
  void sendingAfterACloseFails() {
    Ends ends = connect();
    ends.engine().close();
    assertThatThrownBy(() -> ends.engine().send(new ToWorker.ReleaseBuild("7")))
        .isInstanceOfSatisfying(
            AgentException.class,
            e -> assertThat(e.code()).isEqualTo(AgentErrorCode.TRANSPORT_CLOSED));
  }

  @Test
  void aCloseWakesTheOneThatReceives() throws Exception {
    Ends ends = connect();
    try (ExecutorService executor =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      var received = executor.submit(() -> ends.worker().receive());
      ends.engine().close();
      assertThat(received.get()).isEmpty();
    }
  }

  @Test
  void aCloseWakesTheOneThatWaitsToSend() throws Exception {
    Ends ends = connect();
    var piece = Bytes.owning(new byte[StepOutput.MAX_BYTES]);
    try (ExecutorService executor =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      Future<AgentErrorCode> end =
          executor.submit(() -> {
            while (true) {
              try {
                ends.worker().send(new StepOutput(ATTEMPT, 0, piece, 1, List.of()));
              } catch (AgentException e) {
                return e.code();
              }
            }
          });
      assertThat(ends.engine().receive()).isPresent();
      ends.engine().close();
      assertThat(end.get()).isEqualTo(AgentErrorCode.TRANSPORT_CLOSED);
    }
  }

  private static StepOutput output(int step, String text) {
    return new StepOutput(ATTEMPT, step, Bytes.utf8(text), text.length(), List.of());
  }
}
