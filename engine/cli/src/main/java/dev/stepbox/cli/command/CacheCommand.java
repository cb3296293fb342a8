package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox cache}. */
final class CacheCommand implements CommandGroup {

  @Override
  public List<String> words() {
    return List.of("df", "prune");
  }

  @Override
  public @Nullable Command member(String word) {
    return switch (word) {
      case "df" -> new CacheUsageCommand();
      case "prune" -> new CachePruneCommand();
      default -> null;
    };
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "cache",
            "df|prune ...",
            "Show and free the space that builds use",
            "Layers of images, snapshots of stages and cache mounts live in one store.");
    for (String word : words()) {
      Command member = member(word);
      if (member != null) {
        spec.addSubcommand(word, member.spec());
      }
    }
    return Specs.finish(spec, "stepbox cache df", "stepbox cache prune");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) {
    throw CliException.of(
        CliErrorCode.COMMAND_LINE,
        "what to do is missing",
        "Use one of: %s.".formatted(String.join(", ", words())));
  }
}
