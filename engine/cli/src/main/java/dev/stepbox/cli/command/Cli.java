package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.cli.render.Styles;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code stepbox}: finds the command that is meant, runs it, and reports errors. */
public final class Cli {

  private Cli() {}

  /** Runs one command line and says how the process should end. */
  public static ExitCode execute(Invocation invocation, List<String> arguments)
      throws InterruptedException {
    if (arguments.isEmpty()) {
      invocation.err().print(TopHelp.text());
      return ExitCode.USAGE;
    }
    String first = arguments.getFirst();
    List<String> rest = arguments.subList(1, arguments.size());
    return switch (first) {
      case "--help", "-h" -> {
        invocation.out().print(TopHelp.text());
        yield ExitCode.OK;
      }
      case "--version", "-V" -> {
        VersionCommand.print(invocation);
        yield ExitCode.OK;
      }
      case "help" -> help(invocation, rest);
      default -> command(invocation, first, rest);
    };
  }

  private static ExitCode help(Invocation invocation, List<String> topic)
      throws InterruptedException {
    if (topic.isEmpty()) {
      invocation.out().print(TopHelp.text());
      return ExitCode.OK;
    }
    List<String> asked = Stream.concat(topic.stream(), Stream.of("--help")).toList();
    return command(invocation, asked.getFirst(), asked.subList(1, asked.size()));
  }

  private static ExitCode command(Invocation invocation, String word, List<String> rest)
      throws InterruptedException {
    var name = CommandName.of(word);
    if (name.isPresent()) {
      return dispatch(invocation, name.get(), rest);
    }
    boolean option = word.startsWith("-");
    String remedy =
        Suggestions.nearest(word, CommandName.words())
            .map("Did you mean '%s'?"::formatted)
            .orElse(option ? "Options come after the command." : null);
    String what = option ? "unknown option '%s'" : "unknown command '%s'";
    report(invocation, "stepbox", new Problem(what.formatted(word), remedy));
    invocation.err().println("Usage: stepbox COMMAND [OPTIONS] [ARGUMENTS]");
    invocation.err().println("Try 'stepbox --help'.");
    return ExitCode.USAGE;
  }

  private static ExitCode dispatch(Invocation invocation, CommandName name, List<String> rest)
      throws InterruptedException {
    Command command = create(name);
    String full = "stepbox " + name.word();
    if (command instanceof CommandGroup group) {
      Command member = rest.isEmpty() ? null : group.member(rest.getFirst());
      if (member != null) {
        return run(invocation, full + " " + rest.getFirst(), member, rest.subList(1, rest.size()));
      }
    }
    return run(invocation, full, command, rest);
  }

  /** The object of a command; nothing of the other commands is loaded. */
  static Command create(CommandName name) {
    return switch (name) {
      case RUN -> new RunCommand();
      case PLAN -> new PlanCommand();
      case LINT -> new LintCommand();
      case ATTACH -> new AttachCommand();
      case CANCEL -> new CancelCommand();
      case BUILDS -> new BuildsCommand();
      case SHOW -> new ShowCommand();
      case LOGS -> new LogsCommand();
      case CP -> new CopyCommand();
      case IMAGE -> new ImageCommand();
      case CACHE -> new CacheCommand();
      case DOCTOR -> new DoctorCommand();
      case VERSION -> new VersionCommand();
      case COMPLETION -> new CompletionCommand();
    };
  }

  private static ExitCode run(
      Invocation invocation, String full, Command command, List<String> arguments)
      throws InterruptedException {
    CommandLine line = new CommandLine(command.spec(), Specs.LISTS);
    line.setAbbreviatedOptionsAllowed(false);
    try {
      ParseResult parsed = line.parseArgs(arguments.toArray(String[]::new));
      if (parsed.isUsageHelpRequested()) {
        invocation.out().print(line.getUsageMessage(CommandLine.Help.Ansi.OFF));
        return ExitCode.OK;
      }
      return command.run(parsed, invocation);
    } catch (ParameterException e) {
      report(invocation, full, new Problem(message(e), suggestion(e, command)));
      usage(invocation, command, full);
      return ExitCode.USAGE;
    } catch (RuntimeException e) {
      CliException ours = Faults.translate(e);
      ours.problems().forEach(problem -> report(invocation, full, problem));
      if (ours.code() == CliErrorCode.COMMAND_LINE) {
        usage(invocation, command, full);
      } else if (ours.code() == CliErrorCode.INTERNAL) {
        e.printStackTrace(invocation.err());
      }
      return ours.code().exitCode();
    }
  }

  private static void usage(Invocation invocation, Command command, String full) {
    String synopsis = command.spec().usageMessage().customSynopsis()[0];
    invocation.err().println("Usage: " + synopsis);
    invocation.err().println("Try '%s --help'.".formatted(full));
  }

  private static void report(Invocation invocation, String full, Problem problem) {
    boolean coloured = errColoured(invocation);
    invocation.err().println(new Styles(coloured).red(full + ": ") + problem.message());
    if (problem.remedy() != null) {
      problem
          .remedy()
          .lines()
          .map(line -> ("  " + line).stripTrailing())
          .forEach(invocation.err()::println);
    }
  }

  private static boolean errColoured(Invocation invocation) {
    try {
      return invocation.settings().colours().applies(invocation.terminal().errIsTerminal());
    } catch (CliException ignored) {
      // The settings are what we are reporting about.
      return false;
    }
  }

  /** Picocli's messages begin with a capital and quote inconsistently; ours do not. */
  private static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      String word = unmatched.getUnmatched().getFirst();
      String what = word.startsWith("-") ? "unknown option" : "unexpected argument";
      return "%s '%s'".formatted(what, word);
    }
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }

  private static @Nullable String suggestion(ParameterException e, Command command) {
    if (!(e instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return null;
    }
    String word = unmatched.getUnmatched().getFirst();
    if (!word.startsWith("-")) {
      return command instanceof CommandGroup group
          ? Suggestions.nearest(word, group.words())
              .map("Did you mean '%s'?"::formatted)
              .orElse(null)
          : null;
    }
    int equals = word.indexOf('=');
    return Suggestions.nearest(
            equals < 0 ? word : word.substring(0, equals), command.spec().optionsMap().keySet())
        .map("Did you mean '%s'?"::formatted)
        .orElse(null);
  }
}
