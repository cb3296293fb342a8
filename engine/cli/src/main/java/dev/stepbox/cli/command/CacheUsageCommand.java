package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.SpaceTable;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildsUsage;
import dev.stepbox.engine.Execution;
import dev.stepbox.layercache.Space;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox cache df}. */
final class CacheUsageCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "cache df",
                "[OPTIONS]",
                "Show what the store takes on disk",
                "'reclaimable' is what no image name, kept build or running build needs. The last",
                "line is what builds keep beside the store: logs, artifacts, records.")
            .addOption(Specs.output("one object")),
        "stepbox cache df");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      Space.Usage usage = assembly.layerCache().space().usage();
      BuildsUsage builds = assembly.engine().usage();
      switch (form) {
        case JSON ->
            invocation.out().println(SpaceTable.json(new JsonWriter(), usage, builds).toString());
        case TEXT ->
            SpaceTable.lines(usage, builds, invocation.outStyles())
                .forEach(invocation.out()::println);
      }
    }
    return ExitCode.OK;
  }
}
