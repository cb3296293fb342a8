package dev.stepbox.engine.run;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.journal.Journal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a journal survive a power cut without anybody waiting for it. Several demands during one
 * pass are one more pass. Its thread is never interrupted: that would close the journal.
 */
final class JournalSyncer {

  private static final Logger LOG = LoggerFactory.getLogger(JournalSyncer.class);

  private final Journal journal;
  private @Nullable Thread thread;
  private boolean isWanted;

  JournalSyncer(Journal journal) {
    this.journal = journal;
  }

  /** Bring everything that was written to the disk, some time. */
  synchronized void request() {
    isWanted = true;
    if (thread == null) {
      thread = Thread.ofVirtual().name("journal-sync").start(this::work);
    }
  }

  private void work() {
    while (isNeeded()) {
      try {
        journal.sync();
      } catch (EngineException e) {
        // The journal's next write fails the same way, and is told.
        LOG.warn("{}", e.getMessage());
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
