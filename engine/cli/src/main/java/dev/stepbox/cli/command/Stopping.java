package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.Signals;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EngineException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C and its kin do to the build that this process shows. The first asks it to stop, the
 * second kills it, the third leaves at once. SIGTERM counts as Ctrl-C. A closed terminal (SIGHUP)
 * does not stop a build: it goes on without being shown, and can be followed with {@code attach}.
 */
final class Stopping {

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicBoolean suspend = new AtomicBoolean();
  private volatile @Nullable Target target;
  private volatile @Nullable String trouble;

  private record Target(Engine engine, BuildId build) {}

  private Stopping() {}

  /** Listens from now on; before a build is named, Ctrl-C just ends the process. */
  static Stopping listen() {
    Stopping stopping = new Stopping();
    Signals.on(Signals.Kind.INTERRUPT, () -> stopping.stop("Ctrl-C"));
    Signals.on(Signals.Kind.TERMINATE, () -> stopping.stop("SIGTERM"));
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

  /** Names the build that is to be stopped. */
  void aim(Engine engine, BuildId build) {
    target = new Target(engine, build);
    if (requests.get() > 0) {
      cancel(CancelMode.GRACEFUL, "Ctrl-C");
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

  private void stop(String by) {
    int request = requests.incrementAndGet();
    if (target == null) {
      System.exit(ExitCode.INTERRUPTED.number());
    }
    switch (request) {
      case 1 -> cancel(CancelMode.GRACEFUL, by);
      case 2 -> cancel(CancelMode.KILL, by);
      // The build stays as it is, for 'attach': better than a process that cannot be ended.
      default -> Runtime.getRuntime().halt(ExitCode.INTERRUPTED.number());
    }
  }

  private void cancel(CancelMode mode, String by) {
    Target aimed = target;
    if (aimed == null) {
      return;
    }
    try {
      aimed.engine.cancel(aimed.build, mode, by);
    } catch (EngineException e) {
      trouble = e.getMessage();
    }
  }
}
