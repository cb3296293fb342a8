package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.SpaceTable;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildSummary.State;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.Execution;
import dev.stepbox.layercache.Space;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox builds rm}. */
final class BuildsRemoveCommand implements Command {

  private static final String OLDER_THAN = "--older-than";
  private static final Pattern AGE = Pattern.compile("(\\d{1,5})([dh])");

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "builds rm",
                "[OPTIONS] [BUILD...]",
                "Remove builds that are over",
                "Removes their logs, artifacts and records. A build that is not over stays.",
                "Numbers are not used again.")
            .addPositional(Specs.any("BUILD", "Numbers of the builds."))
            .addOption(
                Specs.value(
                    OLDER_THAN, "AGE", "All that ended longer ago than that: 30d, or 12h.")),
        "stepbox builds rm 17 18",
        "stepbox builds rm --older-than 30d");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    Duration age = age(Arguments.value(arguments, OLDER_THAN));
    List<BuildId> named = Arguments.all(arguments).stream().map(BuildId::parse).toList();
    if (age == null && named.isEmpty()) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "which builds to remove is missing",
          "Give their numbers, or %s AGE.".formatted(OLDER_THAN));
    }
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      Engine engine = assembly.engine();
      var wanted = new TreeSet<>(Comparator.comparingInt(BuildId::number));
      for (BuildId build : named) {
        wanted.add(engine.find(build).build());
      }
      if (age != null) {
        wanted.addAll(endedBefore(engine, invocation.clock().instant().minus(age)));
      }
      long before = engine.usage().bytes();
      for (BuildId build : wanted) {
        engine.remove(build);
      }
      long freed = Math.max(0, before - engine.usage().bytes());
      List<String> removed = wanted.stream().map(build -> "build " + build).toList();
      SpaceTable.lines(new Space.Pruned(removed, freed)).forEach(invocation.out()::println);
    }
    return ExitCode.OK;
  }

  private static List<BuildId> endedBefore(Engine engine, Instant limit) {
    List<BuildId> old = new ArrayList<>();
    for (BuildSummary build : engine.builds()) {
      boolean isOver = build.state() == State.FINISHED;
      if (isOver && build.startedAt().plus(build.elapsed()).isBefore(limit)) {
        old.add(build.build());
      }
    }
    return old;
  }

  private static @Nullable Duration age(@Nullable String text) {
    if (text == null) {
      return null;
    }
    Matcher age = AGE.matcher(text);
    if (!age.matches()) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "%s cannot be '%s'".formatted(OLDER_THAN, text),
          "Write a whole number of days or hours, for example 30d or 12h.");
    }
    long number = Long.parseLong(age.group(1));
    return age.group(2).equals("d") ? Duration.ofDays(number) : Duration.ofHours(number);
  }
}
