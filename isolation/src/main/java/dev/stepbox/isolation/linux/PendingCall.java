package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A request that was sent and its answer, which may come in several frames. */
final class PendingCall {
  /**
   * Most bytes of one answer that wait to be taken: some three million entries of a listing. The
   * thread that reads cannot wait with them: others' answers come behind.
   */
  static final long WAITING_BYTES_MAX = 256L << 20;

  private final int type;
  private final long waitingBytesMax;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private volatile boolean isLetGo;

  private sealed interface Arrival {
    record Frame(FrameReader body, int length, boolean hasMore) implements Arrival {}

    record Refused(Refusal refusal) implements Arrival {}

    record Failed(SandboxException why) implements Arrival {}
  }

  /** The answer to a request. */
  sealed interface Answer {
    /** The last frame of the answer. */
    record Done(FrameReader body) implements Answer {}

    /** The launcher could not do it. */
    record Refused(Refusal refusal) implements Answer {}
  }

  PendingCall(int type) {
    this(type, WAITING_BYTES_MAX);
  }

  PendingCall(int type, long waitingBytesMax) {
    this.type = type;
    this.waitingBytesMax = waitingBytesMax;
  }

  int type() {
    return type;
  }

  /**
   * A frame of the answer.
   *
   * @param length of the body in bytes
   */
  void answer(FrameReader body, int length, boolean hasMore) {
    if (isLetGo) {
      return;
    }
    if (waitingBytes.addAndGet(length) > waitingBytesMax) {
      // It stays above: later frames are dropped, too.
      arrivals.clear();
      fail(
          new SandboxException(
              SandboxErrorCode.OUT_OF_RESOURCES,
              ("cannot take the answer to request %d: more than %d bytes of it wait. Have fewer"
                      + " files in one tree.")
                  .formatted(type, waitingBytesMax)));
    } else {
      arrivals.add(new Arrival.Frame(body, length, hasMore));
    }
  }

  /** How many pieces of the answer wait to be taken. */
  int waitingFrames() {
    return arrivals.size();
  }

  void refuse(Refusal refusal) {
    arrivals.add(new Arrival.Refused(refusal));
  }

  void fail(SandboxException why) {
    arrivals.add(new Arrival.Failed(why));
  }

  /** Fails, and gives up what has come of an answer that will never be whole. */
  void breakOff(SandboxException why) {
    arrivals.clear();
    fail(why);
  }

  /** Waits for an answer of one frame. */
  Answer await() throws InterruptedException {
    return await(_ -> {
      throw FrameReader.broken("an answer of several frames to request %d".formatted(type));
    });
  }

  /** Waits for an answer of one frame, but not for ever; empty when none came in time. */
  Optional<Answer> await(Duration limit) throws InterruptedException {
    Arrival arrival = arrivals.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
    if (arrival == null) {
      return Optional.empty();
    }
    arrivals.add(arrival);
    return Optional.of(await());
  }

  /**
   * Waits for the whole answer. When it is not waited for to its end, or not taken, the rest of it
   * is dropped as it comes.
   *
   * @param early takes every frame but the last
   */
  Answer await(Consumer<FrameReader> early) throws InterruptedException {
    boolean isWhole = false;
    try {
      Answer answer = take(early);
      isWhole = true;
      return answer;
    } finally {
      if (!isWhole) {
        isLetGo = true;
        arrivals.clear();
      }
    }
  }

  private Answer take(Consumer<FrameReader> early) throws InterruptedException {
    while (true) {
      switch (arrivals.take()) {
        case Arrival.Frame frame -> {
          waitingBytes.addAndGet(-frame.length());
          if (!frame.hasMore()) {
            return new Answer.Done(frame.body());
          }
          early.accept(frame.body());
        }
        case Arrival.Refused refused -> {
          return new Answer.Refused(refused.refusal());
        }
        // Made anew, so that the stack trace is that of the waiting thread.
        case Arrival.Failed failed ->
            throw new SandboxException(
                failed.why().code(), failed.why().getMessage(), failed.why());
      }
    }
  }
}
