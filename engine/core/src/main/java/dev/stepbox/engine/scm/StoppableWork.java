package dev.stepbox.engine.scm;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;

/**
 * Runs what a library does that loses interrupts: JGit forgets one that comes while it waits for a
 * process or for another thread. So its work has a thread of its own, and whether it is to stop is
 * asked of this, where it is not forgotten. One for each piece of work; for use by any thread.
 */
final class StoppableWork implements BooleanSupplier {
  private volatile boolean isStopped;

  /** What is to be done. */
  interface Work<T> {
    T go() throws InterruptedException;
  }

  /** Whether the work is to end; with what, does not matter then. */
  @Override
  public boolean getAsBoolean() {
    return isStopped;
  }

  /**
   * Does the work, which has ended in any case when this returns.
   *
   * @throws InterruptedException when this thread is interrupted, whatever the work makes of it
   */
  <T> T run(String name, Work<T> work) throws InterruptedException {
    var task = new FutureTask<T>(work::go);
    Thread thread = Thread.ofPlatform().daemon().name(name).start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      isStopped = true;
      end(thread);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case InterruptedException cause -> throw cause;
        case null, default -> throw new IllegalStateException("not thrown by any work", e);
      }
    }
  }

  /** Each interrupt is handed on: the work may have lost those before it. */
  private static void end(Thread thread) {
    thread.interrupt();
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException again) {
        thread.interrupt();
      }
    }
  }
}
