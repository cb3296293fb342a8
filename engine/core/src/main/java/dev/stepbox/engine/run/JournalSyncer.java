package dev.stepbox.engine.run;

import dev.stepbox.engine.EngineException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a journal survive a power cut without anybody waiting for it. Several demands during one
 * pass are one more pass. Its thread is never interrupted: that would close the journal.
 */
final class JournalSyncer {

  /** What is to be done in one pass. */
  interface Pass {
    void run();
  }

  private final Pass pass;
  private final Consumer<EngineException> broken;
  private @Nullable Thread thread;
  private boolean isWanted;

  /**
   * A syncer that has nothing to do yet.
   *
   * @param pass brings all that was written to the disk, the journal last
   * @param broken hears when that failed; then nobody knows what is on the disk
   */
  JournalSyncer(Pass pass, Consumer<EngineException> broken) {
    this.pass = pass;
    this.broken = broken;
  }

  /** Bring everything that was written to the disk, some time. */
  synchronized void request() {
    isWanted = true;
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("journal-sync").start(this::work);
    }
  }

  private void work() {
    while (isNeeded()) {
      try {
        pass.run();
      } catch (EngineException e) {
        // The kernel tells it once, and what it could not write may be gone.
        broken.accept(e);
      }
    }
  }

  private synchronized boolean isNeeded() {
    boolean needed = isWanted;
    isWanted = false;
    if (!needed) {
      thread = null;
      notifyAll();
    }
    return needed;
  }

  /** Wait until all demands are met. */
  synchronized void finish() throws InterruptedException {
    while (thread != null) {
      wait();
    }
  }
}
