package dev.stepbox.engine.event;

import dev.stepbox.engine.BuildId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What every event carries.
 *
 * @param build the build it belongs to
 * @param sequence place in the build's journal, from 0 without gaps
 * @param time when it was recorded; milliseconds, anything finer is cut off
 */
public record Stamp(BuildId build, long sequence, Instant time) {

  public Stamp {
    if (sequence < 0) {
      throw new IllegalArgumentException("not a place in a journal: %d".formatted(sequence));
    }
    time = time.truncatedTo(ChronoUnit.MILLIS);
  }
}
