package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.ExitCode;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox completion}. */
final class CompletionCommand implements Command {

  private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "completion",
                "bash|zsh|fish",
                "Print a completion script for a shell",
                "Prints a script that lets the shell complete commands and options.")
            .addPositional(Specs.required(0, "SHELL", "The shell: bash, zsh or fish.")),
        "source <(stepbox completion bash)",
        "source <(stepbox completion zsh)",
        "stepbox completion fish > ~/.config/fish/completions/stepbox.fish");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) {
    String shell = Arguments.required(arguments, 0);
    String script =
        switch (shell) {
          // One script for both: in zsh it makes itself at home through bashcompinit.
          case "bash", "zsh" -> AutoComplete.bash("stepbox", new CommandLine(tree()));
          case "fish" -> FishCompletion.script(tree());
          default -> throw Arguments.unknownChoice("the shell", shell, SHELLS);
        };
    invocation.out().print(script);
    return ExitCode.OK;
  }

  /** All commands, with all options. */
  static CommandSpec tree() {
    CommandSpec root = CommandSpec.create().name("stepbox");
    for (CommandName name : CommandName.values()) {
      Command command = Cli.create(name);
      CommandSpec spec = command.spec();
      if (command instanceof CommandGroup group && spec.subcommands().isEmpty()) {
        for (String word : group.words()) {
          Command member = group.member(word);
          if (member != null) {
            spec.addSubcommand(word, member.spec());
          }
        }
      }
      root.addSubcommand(name.word(), spec);
    }
    return root;
  }
}
