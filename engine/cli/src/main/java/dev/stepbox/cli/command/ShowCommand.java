package dev.stepbox.cli.command;

import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.BuildReport;
import dev.stepbox.cli.render.Look;
import dev.stepbox.cli.render.Subject;
import dev.stepbox.cli.terminal.ShellWords;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.EventJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox show}. */
final class ShowCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "show",
                "[OPTIONS] BUILD",
                "Show one build: stages, steps, durations, usage",
                "Shows a build as it stands, with what it kept and, if it failed, why.")
            .addPositional(Specs.required(0, "BUILD", "Number of the build."))
            .addOption(Specs.output("all events so far, one per line")),
        "stepbox show 17",
        "stepbox show 17 --output json");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    BuildId build = BuildId.parse(Arguments.required(arguments, 0));
    OutputForm form = Arguments.output(arguments, invocation);
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      Engine engine = assembly.engine();
      List<BuildEvent> events = soFar(engine, build);
      switch (form) {
        case JSON -> events.forEach(event -> invocation.out().println(EventJson.write(event)));
        case TEXT -> text(invocation, engine, build, events);
      }
    }
    return ExitCode.OK;
  }

  private static void text(
      Invocation invocation, Engine engine, BuildId build, List<BuildEvent> events) {
    BuildSummary summary = engine.find(build);
    String again = "stepbox run " + ShellWords.quote(summary.directory());
    Subject subject = new Subject(engine.planOf(build), step -> engine.log(build, step), again);
    Look look = invocation.look();
    new BuildReport(subject, summary, look, events)
        .lines(invocation.clock().instant())
        .forEach(invocation.out()::println);
  }

  private static List<BuildEvent> soFar(Engine engine, BuildId build) throws InterruptedException {
    List<BuildEvent> events = new ArrayList<>();
    try (EventStream stream = engine.watch(build, 0)) {
      Optional<BuildEvent> next = stream.poll(Duration.ZERO);
      while (next.isPresent()) {
        events.add(next.get());
        next = stream.poll(Duration.ZERO);
      }
    }
    return events;
  }
}
