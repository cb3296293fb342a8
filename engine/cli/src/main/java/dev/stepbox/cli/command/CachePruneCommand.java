package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.SpaceTable;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.Execution;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.Space;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox cache prune}. */
final class CachePruneCommand implements Command {

  private static final String ALL = "--all";

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "cache prune",
                "[OPTIONS]",
                "Remove what nothing needs any more",
                "Removes layers without a name, cache mounts, and what stages left behind, but",
                "for the last build of each pipeline. Nothing that a running build uses is",
                "touched.")
            .addOption(
                Specs.flag(ALL, "Remove images with a name and what the last builds left, too."))
            .addOption(Specs.output("one object")),
        "stepbox cache prune",
        "stepbox cache prune --all");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    Space.Policy policy =
        Arguments.flag(arguments, ALL) ? Space.Policy.everything() : Space.Policy.unused();
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      LayerCache store = assembly.layerCache();
      if (Arguments.flag(arguments, ALL)) {
        store.leases().pins().forEach(store.leases()::unpin);
      }
      Space.Pruned pruned = store.space().prune(policy);
      switch (form) {
        case JSON -> invocation.out().println(SpaceTable.json(new JsonWriter(), pruned).toString());
        case TEXT -> SpaceTable.lines(pruned).forEach(invocation.out()::println);
      }
    }
    return ExitCode.OK;
  }
}
