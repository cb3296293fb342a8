package dev.stepbox.isolation.cgroup;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Waits for what the kernel does by itself and tells nobody: a process of another parent that dies,
 * a cgroup of version 1 that becomes empty. The one place of this module that sleeps.
 */
public final class Patience {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private Patience() {}

  /**
   * Looks now, and every few milliseconds, until it is so.
   *
   * @param longest how long at most
   * @return whether it is so
   */
  public static boolean until(BooleanSupplier isSo, Duration longest) throws InterruptedException {
    long due = System.nanoTime() + longest.toNanos();
    while (!isSo.getAsBoolean()) {
      if (System.nanoTime() - due >= 0) {
        return false;
      }
      Thread.sleep(PAUSE);
    }
    return true;
  }
}
