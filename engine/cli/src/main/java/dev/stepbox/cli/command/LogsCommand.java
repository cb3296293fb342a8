package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.cli.render.LogPrinter;
import dev.stepbox.cli.render.LogPrinter.Form;
import dev.stepbox.cli.render.LogPrinter.Times;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.PlannedStep;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox logs}. */
final class LogsCommand implements Command {

  private static final String TIMESTAMPS = "--timestamps";
  private static final String FOLLOW = "--follow";
  private static final Duration TICK = Duration.ofMillis(50);

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "logs",
                "[OPTIONS] BUILD[/STAGE[/STEP]]",
                "Print the output of a build, a stage or a step",
                "Prints the output of the steps, in the order in which they began, each below a",
                "line with its name. The output of a single step is printed as it is: byte for",
                "byte into a file or a pipe, and without what would steer the terminal on one.")
            .addPositional(
                Specs.required(
                    0, "BUILD[/STAGE[/STEP]]", "What to print, such as 17, 17/Test or 17/Test/2."))
            .addOption(Specs.flag(TIMESTAMPS, "Begin each line with the time it was printed."))
            .addOption(Specs.flag(FOLLOW, "Go on until the steps are over.")),
        "stepbox logs 17",
        "stepbox logs '17/Test [JDK=21]' --timestamps",
        "stepbox logs 17/Build/2 --follow");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    BuildPath path = BuildPath.parse(Arguments.required(arguments, 0));
    boolean follow = Arguments.flag(arguments, FOLLOW);
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      Engine engine = assembly.engine();
      List<PlannedStep> wanted = path.steps(engine.planOf(path.build()));
      LogPrinter printer = printer(arguments, invocation, engine, path.build(), wanted);
      print(engine, path.build(), wanted, printer, follow, invocation.out());
    } catch (IOException e) {
      throw new CliException(
          CliErrorCode.INFRASTRUCTURE,
          Problem.of(
              "cannot read the output of build %s: %s".formatted(path.build(), e.getMessage())),
          e);
    }
    return ExitCode.OK;
  }

  private static LogPrinter printer(
      ParseResult arguments,
      Invocation invocation,
      Engine engine,
      BuildId build,
      List<PlannedStep> wanted) {
    boolean single = wanted.size() == 1;
    Form form = single && !invocation.terminal().outIsTerminal() ? Form.RAW : Form.SAFE;
    Times times = Arguments.flag(arguments, TIMESTAMPS) ? Times.SHOWN : Times.HIDDEN;
    return new LogPrinter(
        invocation.out(),
        invocation.outStyles(),
        step -> engine.log(build, step),
        new LogPrinter.Manner(form, times, invocation.zone(), !single));
  }

  private static void print(
      Engine engine,
      BuildId build,
      List<PlannedStep> wanted,
      LogPrinter printer,
      boolean follow,
      PrintStream out)
      throws IOException, InterruptedException {
    Set<StepKey> keys = new HashSet<>();
    wanted.forEach(step -> keys.add(step.key()));
    LinkedHashSet<StepKey> begun = new LinkedHashSet<>();
    Set<StepKey> over = new HashSet<>();
    try (EventStream events = engine.watch(build, 0)) {
      while (over.size() < keys.size()) {
        Optional<BuildEvent> next = events.poll(follow ? TICK : Duration.ZERO);
        next.ifPresent(event -> note(event, keys, begun, over));
        if (next.isEmpty()) {
          // All that has happened is known: print it, one step after the other.
          printer.print(begun, over);
          if (!follow || events.hasEnded()) {
            break;
          }
          if (out.checkError()) {
            return; // nobody reads any more, as behind 'head'
          }
        }
      }
    }
    printer.print(begun, over);
    printer.finish(begun);
  }

  private static void note(
      BuildEvent event, Set<StepKey> wanted, Set<StepKey> begun, Set<StepKey> over) {
    if (event instanceof StepStarted start && wanted.contains(start.step())) {
      begun.add(start.step());
    } else if (event instanceof StepFinished end && wanted.contains(end.step())) {
      over.add(end.step());
    }
  }
}
