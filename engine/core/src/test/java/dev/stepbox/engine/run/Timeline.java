package dev.stepbox.engine.run;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;

/** What is going to happen in a simulation: in the order of its time, then in the order it came. */
final class Timeline {

  private final ManualClock clock;
  private final PriorityQueue<Entry> entries = new PriorityQueue<>();
  private long count;

  Timeline(ManualClock clock) {
    this.clock = clock;
  }

  void after(Duration delay, Runnable action) {
    entries.add(new Entry(clock.instant().plus(delay), count++, action));
  }

  /** Let the next thing happen; false when there is none. */
  boolean step() {
    Entry next = entries.poll();
    if (next == null) {
      return false;
    }
    clock.advanceTo(next.time);
    next.action.run();
    return true;
  }

  private record Entry(Instant time, long number, Runnable action) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byTime = time.compareTo(other.time);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }
}
