package dev.stepbox.isolation.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells the death of a supervisor from a connection that another engine has taken over. */
final class SupervisorProcess {
  /** A killed process closes its connections before it has ended the processes below it. */
  private static final int TRIES = 400;

  private static final long PAUSE_MILLIS = 5;

  private SupervisorProcess() {}

  /** Whether a process goes on living; gives a dying one time to die. */
  static boolean goesOn(long pid) throws InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      if (isDead(pid)) {
        return false;
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    return true;
  }

  private static boolean isDead(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The state follows the name, which is in parentheses and may hold any character.
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state == 'Z' || state == 'X';
    } catch (IOException ignored) {
      return true;
    }
  }
}
