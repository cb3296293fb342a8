package dev.stepbox.engine.run;

import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.journal.JournalReader;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Events of a build that another process carries on, or nobody. */
final class FileStream implements EventStream {

  /** How long an event may be in the journal before it is seen. */
  private static final long PAUSE_NANOS = 40_000_000;

  private final BuildDirectory directory;
  private final JournalReader reader;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final long from;
  private volatile boolean hasEnded;

  FileStream(BuildDirectory directory, long from) {
    this.directory = directory;
    this.from = from;
    this.reader = JournalReader.open(directory.journal());
  }

  @Override
  public Optional<BuildEvent> next() throws InterruptedException {
    return poll(Duration.ofNanos(Long.MAX_VALUE));
  }

  @Override
  public Optional<BuildEvent> poll(Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    while (!hasEnded) {
      // Asked before reading: what was written while it was still taken is seen by this read.
      boolean isTaken = BuildLock.isTaken(directory.lock());
      Optional<BuildEvent> event = read();
      if (event.isPresent()) {
        return event;
      }
      hasEnded |= !isTaken;
      if (left <= 0 || hasEnded) {
        return Optional.empty();
      }
      long pause = Math.min(PAUSE_NANOS, left);
      left -= pause;
      hasEnded |= closed.await(pause, TimeUnit.NANOSECONDS);
    }
    return Optional.empty();
  }

  private synchronized Optional<BuildEvent> read() {
    while (closed.getCount() > 0) {
      Optional<BuildEvent> event = reader.next();
      if (event.isEmpty()) {
        return event;
      }
      boolean isLast = event.get() instanceof BuildFinished;
      hasEnded |= isLast;
      if (event.get().stamp().sequence() >= from) {
        return event;
      }
    }
    return Optional.empty();
  }

  @Override
  public boolean hasEnded() {
    return hasEnded;
  }

  @Override
  public void close() {
    closed.countDown();
    synchronized (this) {
      reader.close();
    }
  }
}
