package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.cgroup.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The process of a supervisor, seen from outside. */
final class SupervisorProcess {
  /** A killed process closes its connections before it has ended the processes below it. */
  private static final Duration DYING_MAX = Duration.ofSeconds(2);

  /** The command line goes with the memory, and that before the sockets. */
  private static final List<String> DYING = List.of("");

  private SupervisorProcess() {}

  /**
   * Whether a process goes on living, so that a lost connection was taken over by another engine;
   * gives a dying one time to die.
   */
  static boolean goesOn(long pid) throws InterruptedException {
    return !Patience.until(() -> isDead(pid), DYING_MAX);
  }

  /**
   * Kills a supervisor, and with it everything in its pid namespace; returns when it is dead, for a
   * dying one still takes connections.
   *
   * @param socket where it listens, which its command line tells: so a number that now belongs to
   *     another process is left alone
   */
  static void kill(long pid, Path socket) throws InterruptedException {
    List<String> words = commandLine(pid);
    boolean isSupervisor = words.contains(socket.toString());
    if (isSupervisor) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    if (isSupervisor || words.equals(DYING)) {
      goesOn(pid);
    }
  }

  /**
   * Kills whatever supervisor listens there, or is about to, when its number is not known.
   *
   * @param socket of one build alone
   */
  static void killAt(Path socket) throws InterruptedException {
    List<Long> found =
        ProcessHandle.allProcesses()
            .map(ProcessHandle::pid)
            .filter(pid -> isListeningAt(socket, pid))
            .toList();
    for (long pid : found) {
      kill(pid, socket);
    }
  }

  /** Whether a process is the supervisor that listens there, or listened. */
  static boolean isListeningAt(Path socket, long pid) {
    return commandLine(pid).contains(socket.toString());
  }

  private static List<String> commandLine(long pid) {
    try {
      String words = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      return List.of(words.split("\0", -1));
    } catch (IOException ignored) {
      // Gone: there is nothing to kill.
      return List.of();
    }
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
