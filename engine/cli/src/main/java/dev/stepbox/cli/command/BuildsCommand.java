package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.BuildList;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.Execution;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox builds}. */
final class BuildsCommand implements CommandGroup {

  private static final String ALL = "--all";
  private static final int SHOWN = 20;

  @Override
  public List<String> words() {
    return List.of("rm");
  }

  @Override
  public @Nullable Command member(String word) {
    return word.equals("rm") ? new BuildsRemoveCommand() : null;
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
                "builds",
                "[OPTIONS] | rm ...",
                "List the builds that are kept",
                "Newest first. 'interrupted' means that the process that ran it is gone;",
                "'stepbox attach' carries it on.")
            .addOption(Specs.flag(ALL, "All of them, not the last %d only.".formatted(SHOWN)))
            .addOption(Specs.output("one object per build and line"))
            .addSubcommand("rm", new BuildsRemoveCommand().spec());
    return Specs.finish(
        spec,
        "stepbox builds",
        "stepbox builds --all --output json",
        "stepbox builds rm --older-than 30d");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    OutputForm form = Arguments.output(arguments, invocation);
    List<BuildSummary> builds;
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      builds = assembly.engine().builds();
    }
    int most = Arguments.flag(arguments, ALL) ? builds.size() : SHOWN;
    List<BuildSummary> shown = builds.subList(0, Math.min(most, builds.size()));
    switch (form) {
      case JSON -> shown.forEach(build -> invocation.out().println(json(build)));
      case TEXT -> text(invocation, builds, shown);
    }
    return ExitCode.OK;
  }

  private static void text(
      Invocation invocation, List<BuildSummary> builds, List<BuildSummary> shown) {
    if (builds.isEmpty()) {
      invocation.out().println("no builds yet; 'stepbox run' makes one");
      return;
    }
    BuildList list = new BuildList(invocation.outStyles(), invocation.clock().instant());
    list.lines(shown).forEach(invocation.out()::println);
    if (shown.size() < builds.size()) {
      invocation.out().println("and %d older ones: --all".formatted(builds.size() - shown.size()));
    }
  }

  static String json(BuildSummary build) {
    return BuildList.json(new JsonWriter(), build).toString();
  }
}
