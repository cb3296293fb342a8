package dev.stepbox.cli;

import dev.stepbox.cli.command.Cli;
import dev.stepbox.cli.command.Invocation;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.log.StderrLogging;
import dev.stepbox.cli.terminal.LegibleStream;
import dev.stepbox.cli.terminal.Terminal;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The process: takes what the operating system gives, and hands back an exit code. */
public final class Main {

  private static final int OUT_BUFFER_BYTES = 16 * 1024;

  private Main() {}

  /** Runs the command line and ends the process. */
  public static void main(String[] arguments) {
    settleRuntime();
    Map<String, String> environment = System.getenv();
    // Our texts are UTF-8 whatever the locale: a log file must not depend on who started us.
    StandardOutput results =
        new StandardOutput(new FileOutputStream(FileDescriptor.out), Path.of("/proc/self/fd/1"));
    PrintStream out = stream(results);
    PrintStream err = stream(new FileOutputStream(FileDescriptor.err));
    Invocation invocation =
        new Invocation(
            environment,
            Path.of("").toAbsolutePath(),
            out,
            err,
            Terminal.probe(environment, Path.of("/proc/self/fd")),
            InstantSource.system());
    ExitCode code = run(invocation, List.of(arguments));
    out.flush();
    code = results.end(code, err);
    err.flush();
    // Not a return: threads of libraries must not keep a finished command alive.
    System.exit(code.number());
  }

  /** Runs a command line, whatever becomes of it. */
  static ExitCode run(Invocation invocation, List<String> arguments) {
    return exitCode(() -> Cli.execute(invocation, arguments), invocation.err());
  }

  /** What the process does. */
  interface Run {
    ExitCode go() throws InterruptedException;
  }

  /** How it ends; an error of the machine, such as one without memory, is ours to tell, too. */
  static ExitCode exitCode(Run run, PrintStream err) {
    try {
      return run.go();
    } catch (InterruptedException e) {
      return ExitCode.INTERRUPTED;
    } catch (Error e) {
      err.println("stepbox: a defect of Stepbox: " + e);
      err.println("  Please report it with the lines below.");
      e.printStackTrace(err);
      return ExitCode.INTERNAL;
    }
  }

  /**
   * Settles what libraries would otherwise search for at a cost: the provider of logging, and the
   * tables of the user's locale for numbers. Our texts are English, and so are their numbers.
   */
  static void settleRuntime() {
    Locale.setDefault(Locale.US);
    StderrLogging.settle();
  }

  private static PrintStream stream(OutputStream target) {
    return new LegibleStream(new BufferedOutputStream(target, OUT_BUFFER_BYTES));
  }
}
