package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.Signals;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C and its kin do to the build that this process shows. The first asks it to stop, the
 * second kills it, the third leaves at once. SIGTERM counts as Ctrl-C. A closed terminal (SIGHUP)
 * does not stop a build: it goes on without being shown, and can be followed with {@code attach}.
 */
final class Stopping {

  /** How long the last words may take. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicBoolean suspend = new AtomicBoolean();
  private boolean isArmed;
  private String first = "";
  private volatile @Nullable Target target;
  private volatile @Nullable BuildId build;
  private volatile @Nullable String trouble;

  /** Stops the build. */
  interface Target {
    void cancel(CancelMode mode, String by);
  }

  Stopping() {}

  /** Listens from now on; before a build is begun, Ctrl-C just ends the process. */
  static Stopping listen(PrintStream err) {
    Stopping stopping = new Stopping();
    Signals.on(Signals.Kind.INTERRUPT, () -> stopping.stop("Ctrl-C", err));
    Signals.on(Signals.Kind.TERMINATE, () -> stopping.stop("SIGTERM", err));
    Signals.on(Signals.Kind.HANG_UP, () -> {});
    return stopping;
  }

  /** Listens to Ctrl-Z as well, for a view that must give the terminal back first. */
  void listenToSuspend() {
    Signals.on(Signals.Kind.SUSPEND, () -> suspend.set(true));
  }

  /** Whether Ctrl-Z was pressed since the last call. */
  boolean takeSuspend() {
    return suspend.getAndSet(false);
  }

  /**
   * From now on there may be a build, whose number is told next: a request to stop waits for that,
   * since to leave now could leave a step behind that nobody ends.
   */
  synchronized void arm() {
    isArmed = true;
  }

  /** Tells how the build is stopped, and stops it if that was asked for meanwhile. */
  synchronized void aim(BuildId number, Target stop) {
    build = number;
    target = stop;
    if (requests.get() > 0) {
      cancel(requests.get() == 1 ? CancelMode.GRACEFUL : CancelMode.KILL, first);
    }
  }

  /** How often we were asked to stop. */
  int requests() {
    return requests.get();
  }

  /** Why stopping did not work, or null. */
  @Nullable String trouble() {
    return trouble;
  }

  private void stop(String by, PrintStream err) {
    switch (heard(by)) {
      case LEAVE -> System.exit(ExitCode.INTERRUPTED.number());
      // The build stays as it is, for 'attach': better than a process that cannot be ended.
      case LEAVE_AT_ONCE -> {
        tellLast(err);
        Runtime.getRuntime().halt(ExitCode.INTERRUPTED.number());
      }
      case STAY -> {}
    }
  }

  /** Says what becomes of the build; somebody who does not read it is not waited for. */
  private void tellLast(PrintStream err) {
    String words = lastWords();
    if (words.isEmpty()) {
      return;
    }
    Thread telling =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              err.println(words);
              err.flush();
            });
    try {
      boolean ignored = telling.join(LAST_WORDS);
    } catch (InterruptedException ignored) {
      // The process ends now.
    }
  }

  /** What is left to do for a build that is left as it stands; empty if there is none. */
  String lastWords() {
    BuildId left = build;
    return left == null
        ? ""
        : ("\nstepbox: build %s is left as it stands: 'stepbox attach %s' carries it on,"
                + " 'stepbox cancel %s' ends it")
            .formatted(left, left, left);
  }

  /** What the process is to do after a request to stop. */
  enum Answer {
    STAY,
    LEAVE,
    LEAVE_AT_ONCE
  }

  /** Takes in a request; who made it is for people. */
  synchronized Answer heard(String by) {
    int request = requests.incrementAndGet();
    first = request == 1 ? by : first;
    if (request > 2) {
      return Answer.LEAVE_AT_ONCE;
    }
    if (target != null) {
      cancel(request == 1 ? CancelMode.GRACEFUL : CancelMode.KILL, by);
    }
    return target == null && !isArmed ? Answer.LEAVE : Answer.STAY;
  }

  private void cancel(CancelMode mode, String by) {
    Target aimed = target;
    if (aimed == null) {
      return;
    }
    try {
      aimed.cancel(mode, by);
    } catch (EngineException e) {
      trouble = e.getMessage();
    }
  }
}
