package dev.stepbox.engine.run;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is moved. */
final class ManualClock implements InstantSource {

  private Instant now = Instant.parse("2026-11-23T10:00:00Z");

  @Override
  public Instant instant() {
    return now;
  }

  void advanceTo(Instant time) {
    if (time.isBefore(now)) {
      throw new IllegalArgumentException("time does not go back: " + time);
    }
    now = time;
  }

  Duration since(Instant start) {
    return Duration.between(start, now);
  }
}
