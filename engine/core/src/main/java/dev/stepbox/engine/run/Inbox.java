package dev.stepbox.engine.run;

import java.util.ArrayDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a build has not heard yet. For any number of threads that put and one that takes; holds at
 * most {@value #INPUTS_MAX} inputs, then those who put wait.
 */
final class Inbox {

  static final int INPUTS_MAX = 8192;

  private final LinkedBlockingQueue<Input> inputs = new LinkedBlockingQueue<>(INPUTS_MAX);

  /** Of the one that takes, who must not wait for itself to take. */
  private final ArrayDeque<Input> own = new ArrayDeque<>();

  private volatile boolean isClosed;

  /** Put an input in; nothing happens when nobody takes any more, or the thread is interrupted. */
  void put(Input input) {
    try {
      if (!isClosed) {
        inputs.put(input);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Put an input in, by the one that takes; never waits, and comes before all others. */
  void putOwn(Input input) {
    own.add(input);
  }

  /** The next input, after a wait; null when there is none within that time. */
  @Nullable Input take(long millis) throws InterruptedException {
    return own.isEmpty() ? inputs.poll(millis, TimeUnit.MILLISECONDS) : own.poll();
  }

  boolean isEmpty() {
    return own.isEmpty() && inputs.isEmpty();
  }

  /** Wake the one that takes. */
  void wake() {
    inputs.offer(new Input.Tick());
  }

  /** Nobody takes any more: those who wait to put go on. */
  void close() {
    isClosed = true;
    inputs.clear();
  }
}
