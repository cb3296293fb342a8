package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox image}. */
final class ImageCommand implements CommandGroup {

  @Override
  public List<String> words() {
    return List.of("import", "ls", "rm");
  }

  @Override
  public @Nullable Command member(String word) {
    return switch (word) {
      case "import" -> new ImageImportCommand();
      case "ls" -> new ImageListCommand();
      case "rm" -> new ImageRemoveCommand();
      default -> null;
    };
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "image",
            "import|ls|rm ...",
            "Import, list and remove images",
            "Steps run on the host's own programs ('image: host') or on an imported image.");
    for (String word : words()) {
      Command member = member(word);
      if (member != null) {
        spec.addSubcommand(word, member.spec());
      }
    }
    return Specs.finish(
        spec, "stepbox image import debian:bookworm rootfs:bookworm.tar", "stepbox image ls");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) {
    throw CliException.of(
        CliErrorCode.COMMAND_LINE,
        "what to do is missing",
        "Use one of: %s.".formatted(String.join(", ", words())));
  }
}
