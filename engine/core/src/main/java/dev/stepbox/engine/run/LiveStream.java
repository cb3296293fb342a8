package dev.stepbox.engine.run;

import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.journal.JournalReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Events of a build that this engine carries on: handed over as they are, but read from the journal
 * where the reader came late or is too slow.
 */
final class LiveStream implements EventStream {

  /** How many events wait for a slow reader before it is sent to the journal for them. */
  static final int WAITING_MAX = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<BuildEvent> waiting = new ArrayDeque<>();
  private final Path journal;
  private final Consumer<LiveStream> onClose;
  private long next;
  private long published;
  private boolean isOver;
  private boolean isClosed;
  private @Nullable JournalReader reader;

  LiveStream(Path journal, long from, long published, Consumer<LiveStream> onClose) {
    this.journal = journal;
    this.next = from;
    this.published = published;
    this.onClose = onClose;
  }

  void offer(BuildEvent event) {
    lock.lock();
    try {
      published = event.stamp().sequence() + 1;
      if (waiting.size() < WAITING_MAX && published > next) {
        waiting.add(event);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      isOver = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<BuildEvent> next() throws InterruptedException {
    return poll(Duration.ofNanos(Long.MAX_VALUE));
  }

  @Override
  public Optional<BuildEvent> poll(Duration timeout) throws InterruptedException {
    long nanos = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (!isClosed) {
        if (next < published) {
          return Optional.of(take());
        }
        if (isOver || nanos <= 0) {
          return Optional.empty();
        }
        nanos = changed.awaitNanos(nanos);
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private BuildEvent take() {
    BuildEvent first = waiting.peek();
    BuildEvent event =
        first != null && first.stamp().sequence() == next ? waiting.remove() : fromJournal();
    next++;
    return event;
  }

  private BuildEvent fromJournal() {
    if (reader == null) {
      reader = JournalReader.open(journal);
    }
    while (true) {
      BuildEvent event =
          reader
              .next()
              .orElseThrow(() -> new IllegalStateException("the journal lacks event " + next));
      if (event.stamp().sequence() == next) {
        return event;
      }
    }
  }

  @Override
  public boolean hasEnded() {
    lock.lock();
    try {
      return isClosed || (isOver && next >= published);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    onClose.accept(this);
    lock.lock();
    try {
      isClosed = true;
      changed.signalAll();
      if (reader != null) {
        reader.close();
        reader = null;
      }
    } finally {
      lock.unlock();
    }
  }
}
