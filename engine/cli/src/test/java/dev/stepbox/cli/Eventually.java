package dev.stepbox.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** Waits until something holds; the only user of Awaitility here. */
public final class Eventually {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Eventually() {}

  /** Fails with this text unless the condition holds within a minute. */
  public static void holds(String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .dontCatchUncaughtExceptions()
        .until(condition);
  }
}
