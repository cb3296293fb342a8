package dev.stepbox.agent.protocol;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An engine and a worker in one process: messages are handed over as objects. Each direction holds
 * at most {@value #MAX_MESSAGES} unread messages and about {@value #MAX_OUTPUT_BYTES} bytes of
 * unread step output.
 */
public final class InProcessTransport {
  /** Unread messages of one direction. */
  public static final int MAX_MESSAGES = 1024;

  /** Bytes of unread step output of one direction. */
  public static final int MAX_OUTPUT_BYTES = 8 << 20;

  private final Transport<ToWorker, FromWorker> engineEnd;
  private final Transport<FromWorker, ToWorker> workerEnd;

  private InProcessTransport(Queue<ToWorker> toWorker, Queue<FromWorker> fromWorker) {
    this.engineEnd = new End<>(toWorker, fromWorker);
    this.workerEnd = new End<>(fromWorker, toWorker);
  }

  /** A new connection. */
  public static InProcessTransport create() {
    return new InProcessTransport(new Queue<>(), new Queue<>());
  }

  /** The end for the engine. */
  public Transport<ToWorker, FromWorker> engineEnd() {
    return engineEnd;
  }

  /** The end for the worker. */
  public Transport<FromWorker, ToWorker> workerEnd() {
    return workerEnd;
  }

  private record End<S extends Message, R extends Message>(Queue<S> out, Queue<R> in)
      implements Transport<S, R> {
    @Override
    public void send(S message) throws InterruptedException {
      out.put(message);
    }

    @Override
    public Optional<R> receive() throws InterruptedException {
      return in.take();
    }

    @Override
    public void close() {
      out.close();
      in.close();
    }
  }

  private static final class Queue<M extends Message> {
    private final ArrayDeque<M> messages = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition readable = lock.newCondition();
    private final Condition writable = lock.newCondition();
    private long outputBytes;
    private boolean closed;

    void put(M message) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        while (!closed && isFull()) {
          writable.await();
        }
        if (closed) {
          throw new AgentException(
              AgentErrorCode.TRANSPORT_CLOSED,
              "cannot send %s: the connection between engine and worker is closed"
                  .formatted(message.getClass().getSimpleName()));
        }
        messages.add(message);
        outputBytes += outputBytes(message);
        readable.signal();
      } finally {
        lock.unlock();
      }
    }

    Optional<M> take() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        while (messages.isEmpty() && !closed) {
          readable.await();
        }
        M message = messages.poll();
        if (message == null) {
          return Optional.empty();
        }
        outputBytes -= outputBytes(message);
        writable.signalAll();
        return Optional.of(message);
      } finally {
        lock.unlock();
      }
    }

    void close() {
      lock.lock();
      try {
        closed = true;
        readable.signalAll();
        writable.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private boolean isFull() {
      return messages.size() >= MAX_MESSAGES || outputBytes >= MAX_OUTPUT_BYTES;
    }

    private static long outputBytes(Message message) {
      return message instanceof FromWorker.StepOutput output ? output.bytes().size() : 0;
    }
  }
}
