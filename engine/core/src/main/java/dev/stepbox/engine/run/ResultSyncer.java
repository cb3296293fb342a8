package dev.stepbox.engine.run;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Brings the results of a build to the disk, once, beside what its worker does to let go of it. For
 * one thread.
 */
final class ResultSyncer {

  private final Work work;
  private @Nullable FutureTask<Void> task;

  /** What may wait for the disk. */
  interface Work {
    void run() throws InterruptedException;
  }

  ResultSyncer(Work work) {
    this.work = work;
  }

  /** Begins; no stage of the build makes anything any more. */
  void begin() {
    if (task == null) {
      FutureTask<Void> made =
          new FutureTask<>(() -> {
            work.run();
            return null;
          });
      Thread.ofPlatform().daemon().name("result-sync").start(made);
      task = made;
    }
  }

  /**
   * Waits until all are on disk.
   *
   * @throws dev.stepbox.engine.EngineException what went wrong
   */
  void finish() throws InterruptedException {
    begin();
    FutureTask<Void> begun = task;
    try {
      if (begun != null) {
        begun.get();
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case InterruptedException interrupt -> throw interrupt;
        case null -> throw new IllegalStateException(e);
        case Throwable other -> throw new IllegalStateException(other);
      }
    }
  }
}
