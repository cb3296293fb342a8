package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.StepOutcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Says in words how a step ended, and what its exit code means. */
final class ExitMeaning {

  private static final int SIGNAL_BASE = 128;

  /** Names by number, as on Linux; an empty one is rare enough to stay a number. */
  private static final String[] SIGNALS = {
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "", "", "", "", "", "", "", "", "XCPU", "XFSZ", "", "", "", "", "",
    "SYS",
  };

  private ExitMeaning() {}

  /**
   * For example {@code killed: it reached its memory cap of 2G}.
   *
   * @param step the step; it is finished
   */
  static String of(StepView step, StepOutcome outcome) {
    return switch (outcome) {
      case StepOutcome.Succeeded _ -> "succeeded";
      case StepOutcome.Failed failed -> failed(failed);
      case StepOutcome.Killed killed -> killed(step, killed);
      case StepOutcome.Cancelled cancelled -> "cancelled: " + cancelled.by();
      case StepOutcome.Skipped skipped -> "skipped: " + skipped.because();
      case StepOutcome.Errored errored ->
          "could not be run: %s [%s]".formatted(errored.message(), errored.code().id());
    };
  }

  /** The same where there is little room: what went wrong with us is told elsewhere. */
  static String briefly(StepView step, StepOutcome outcome) {
    return outcome instanceof StepOutcome.Errored errored
        ? "could not be run [%s]".formatted(errored.code().id())
        : of(step, outcome);
  }

  private static String failed(StepOutcome.Failed failed) {
    Integer code = failed.exitCode();
    if (code == null) {
      return failed.message() == null ? "failed" : failed.message();
    }
    String meaning = failed.message() == null ? meaning(code) : failed.message();
    return "exit code " + code + (meaning == null ? "" : ": " + meaning);
  }

  /** What an exit code says beyond "it failed"; null if nothing. */
  static @Nullable String meaning(int code) {
    return switch (code) {
      case 126 -> "a command was found but could not be executed";
      case 127 -> "a command was not found";
      default -> code > SIGNAL_BASE ? signal(code - SIGNAL_BASE) : null;
    };
  }

  private static @Nullable String signal(int number) {
    String name = number < SIGNALS.length ? SIGNALS[number] : "";
    String ended = "a process in it was ended by signal %d".formatted(number);
    return number > 64 ? null : name.isEmpty() ? ended : ended + " (SIG" + name + ")";
  }

  private static String killed(StepView step, StepOutcome.Killed killed) {
    String why =
        switch (killed.reason()) {
          case OOM -> "it reached its memory cap" + memory(step);
          case PIDS -> "its pids cap" + pids(step) + " refused a process";
          case DISK -> "it reached its disk cap" + disk(step);
          case TIMEOUT -> "it ran longer than its timeout" + timeout(step);
          case SIGNAL -> signal(killed);
        };
    return switch (killed.reason()) {
      case SIGNAL -> "exit code %d: %s".formatted(killed.exitCode(), why);
      // Nobody killed it: it could not start another process, and gave up.
      case PIDS -> "%s (exit code %d)".formatted(why, killed.exitCode());
      case OOM, DISK, TIMEOUT -> "killed: %s (exit code %d)".formatted(why, killed.exitCode());
    };
  }

  private static String signal(StepOutcome.Killed killed) {
    int number = killed.exitCode() - SIGNAL_BASE;
    String name = number > 0 && number < SIGNALS.length ? SIGNALS[number] : "";
    return name.isEmpty()
        ? "ended by a signal"
        : "ended by signal %d (SIG%s)".formatted(number, name);
  }

  private static String memory(StepView step) {
    Long cap = step.memoryCap();
    return cap == null ? "" : " of " + Quantities.size(cap);
  }

  private static String pids(StepView step) {
    Integer cap = step.started() == null ? null : step.started().caps().pids();
    return cap == null ? "" : " of " + cap;
  }

  private static String disk(StepView step) {
    Caps caps = step.started() == null ? Caps.none() : step.started().caps();
    return caps.diskBytes() == null
        ? ""
        : " of %s or %d files".formatted(Quantities.size(caps.diskBytes()), caps.diskFiles());
  }

  private static String timeout(StepView step) {
    Duration timeout = step.plan().step().timeout();
    return timeout == null ? "" : " of " + Quantities.duration(timeout);
  }
}
