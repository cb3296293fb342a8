package dev.stepbox.examples;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** Waits until something holds; the only user of Awaitility here. */
final class Eventually {
  private Eventually() {}

  static void within(Duration timeout, String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(timeout)
        .pollInterval(Duration.ofMillis(100))
        .dontCatchUncaughtExceptions()
        .until(condition);
  }
}
