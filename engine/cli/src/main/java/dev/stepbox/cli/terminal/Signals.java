package dev.stepbox.cli.terminal;

import java.io.IOException;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The signals of this process.
 *
 * <p>Shutdown hooks cannot do what is needed: they run once, so a second Ctrl-C would be lost, and
 * they say nothing of a resized or resumed terminal. {@code sun.misc.Signal} can; it is the JDK's
 * supported door to signals (module {@code jdk.unsupported}) until there is another.
 *
 * <p>A signal that our caller told us to ignore ({@code nohup}) stays ignored. Handlers run on a
 * thread of the JVM, one signal at a time of a kind.
 */
public final class Signals {

  /** A signal that we listen to. */
  public enum Kind {
    /** Ctrl-C. */
    INTERRUPT("INT"),
    /** A request to end, by a person or a service manager. */
    TERMINATE("TERM"),
    /** The terminal was closed. */
    HANG_UP("HUP"),
    /** The terminal has another size. */
    RESIZE("WINCH"),
    /** The process goes on after it was stopped. */
    RESUME("CONT"),
    /** Ctrl-Z. */
    SUSPEND("TSTP");

    private final String signal;

    Kind(String signal) {
      this.signal = signal;
    }
  }

  private Signals() {}

  /** Calls the action at every signal of the kind from now on, instead of what was before. */
  public static void on(Kind kind, Runnable action) {
    try {
      Signal.handle(new Signal(kind.signal), ignored -> action.run());
    } catch (IllegalArgumentException ignored) {
      // The JVM was started with -Xrs and leaves this signal to the kernel.
      return;
    }
  }

  /**
   * Stops this process as Ctrl-Z does, after the caller has put the terminal in order; returns when
   * it is resumed. The handler of {@link Kind#SUSPEND} must be set again. The JVM raises no signal
   * that it does not handle itself, so a shell sends it to us.
   */
  public static void stopSelf() throws InterruptedException {
    Signal.handle(new Signal(Kind.SUSPEND.signal), SignalHandler.SIG_DFL);
    String pid = String.valueOf(ProcessHandle.current().pid());
    try {
      new ProcessBuilder("sh", "-c", "kill -TSTP \"$1\"", "sh", pid).start().waitFor();
    } catch (IOException ignored) {
      // Without a shell the view just goes on.
      return;
    }
  }
}
