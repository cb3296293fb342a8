package dev.stepbox.isolation;

import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** Waits until something holds: looks often, gives up in time, and tells what did not hold. */
public final class Eventually {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(5);

  private Eventually() {}

  /** Waits until an assertion passes; a file that is not there yet is waited for too. */
  public static void holds(String what, ThrowingRunnable assertion) {
    Awaitility.await(what)
        .dontCatchUncaughtExceptions()
        .pollInSameThread()
        .ignoreExceptionsInstanceOf(IOException.class)
        .pollDelay(Duration.ZERO)
        .pollInterval(PAUSE)
        .atMost(LIMIT)
        .untilAsserted(assertion);
  }
}
