package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.CancelMode;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** When the steps of a stage have had their time. */
final class Deadline {
  private final @Nullable Duration timeout;
  private final long endNanos;

  /**
   * A deadline.
   *
   * @param timeout null for none
   * @param elapsed how much of it is over
   */
  Deadline(@Nullable Duration timeout, Duration elapsed) {
    this.timeout = timeout;
    this.endNanos = System.nanoTime() + (timeout == null ? 0 : timeout.minus(elapsed).toNanos());
  }

  /** The time left, at most {@code longest}; at least a nanosecond. */
  Duration within(Duration longest) {
    if (timeout == null) {
      return longest;
    }
    long left = Math.max(1, endNanos - System.nanoTime());
    return left < longest.toNanos() ? Duration.ofNanos(left) : longest;
  }

  /** Asks for the end of the stage when the time is over. */
  void check(Cancellation cancellation) {
    if (timeout != null && System.nanoTime() - endNanos >= 0) {
      String text = timeout.toString().substring(2).toLowerCase(Locale.ROOT);
      cancellation.request(CancelMode.GRACEFUL, "the stage ran longer than its timeout of " + text);
    }
  }
}
