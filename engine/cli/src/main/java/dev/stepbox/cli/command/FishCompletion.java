package dev.stepbox.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes a completion script for the fish shell, which picocli does not. */
final class FishCompletion {

  private FishCompletion() {}

  /** The script for a command and its commands, down to the second level. */
  static String script(CommandSpec root) {
    String program = root.name();
    List<String> lines = new ArrayList<>();
    lines.add("# Completion of %s for fish.".formatted(program));
    for (CommandLine child : root.subcommands().values()) {
      CommandSpec command = child.getCommandSpec();
      lines.add(
          "complete -c %s -n __fish_use_subcommand -f -a %s -d %s"
              .formatted(program, command.name(), quote(header(command))));
      String chosen = "__fish_seen_subcommand_from " + command.name();
      options(program, chosen, command, lines);
      if (!command.subcommands().isEmpty()) {
        members(program, chosen, command, lines);
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private static void members(
      String program, String chosen, CommandSpec group, List<String> lines) {
    String words = String.join(" ", group.subcommands().keySet());
    String none = chosen + "; and not __fish_seen_subcommand_from " + words;
    for (CommandLine child : group.subcommands().values()) {
      CommandSpec member = child.getCommandSpec();
      lines.add(
          "complete -c %s -n %s -f -a %s -d %s"
              .formatted(program, quote(none), member.name(), quote(header(member))));
      String both = chosen + "; and __fish_seen_subcommand_from " + member.name();
      options(program, both, member, lines);
    }
  }

  private static void options(
      String program, String condition, CommandSpec command, List<String> lines) {
    for (OptionSpec option : command.options()) {
      StringBuilder line =
          new StringBuilder("complete -c %s -n %s".formatted(program, quote(condition)));
      for (String name : option.names()) {
        line.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
      }
      if (option.arity().max() > 0) {
        line.append(" -x");
        if (option.completionCandidates() != null) {
          line.append(" -a ").append(quote(String.join(" ", option.completionCandidates())));
        }
      }
      lines.add(line.append(" -d ").append(quote(first(option.description()))).toString());
    }
  }

  private static String header(CommandSpec command) {
    return first(command.usageMessage().header()).replaceFirst("\\.$", "");
  }

  private static String first(String[] texts) {
    return texts.length == 0 ? "" : texts[0];
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
