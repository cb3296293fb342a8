package dev.stepbox.engine.testing;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.awaitility.core.ThrowingRunnable;

/** The one way that tests wait for something. */
public final class Eventually {

  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration LONG = Duration.ofSeconds(60);

  private Eventually() {}

  /** Wait until an assertion holds; its last failure is the message. */
  public static void holds(ThrowingRunnable assertion) {
    await()
        .dontCatchUncaughtExceptions()
        .pollInterval(POLL)
        .pollDelay(Duration.ZERO)
        .atMost(LONG)
        .untilAsserted(assertion);
  }
}
