package dev.stepbox.cli.command;

import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/** Reads typed values out of parsed arguments, with messages that name the option. */
final class Arguments {

  private Arguments() {}

  static String required(ParseResult parsed, int index) {
    return parsed.matchedPositionalValue(index, "");
  }

  static @Nullable String optional(ParseResult parsed, int index) {
    return parsed.hasMatchedPositional(index)
        ? parsed.<@Nullable String>matchedPositionalValue(index, null)
        : null;
  }

  static @Nullable String value(ParseResult parsed, String option) {
    return parsed.hasMatchedOption(option)
        ? parsed.<@Nullable String>matchedOptionValue(option, null)
        : null;
  }

  static List<String> values(ParseResult parsed, String option) {
    return parsed.matchedOptionValue(option, List.of());
  }

  static List<String> all(ParseResult parsed) {
    return parsed.matchedPositionalValue(0, List.of());
  }

  static boolean flag(ParseResult parsed, String option) {
    return parsed.hasMatchedOption(option);
  }

  /** The form of the output: the option, else the environment. */
  static OutputForm output(ParseResult parsed, Invocation invocation) {
    String chosen = value(parsed, Specs.OUTPUT);
    if (chosen == null) {
      return invocation.settings().output();
    }
    return switch (chosen) {
      case "text" -> OutputForm.TEXT;
      case "json" -> OutputForm.JSON;
      default -> throw unknownChoice(Specs.OUTPUT, chosen, List.of("text", "json"));
    };
  }

  /** Refuses an option whose output has a form of its own; so does not the environment. */
  static void requireNoJson(ParseResult parsed, String option) {
    if (flag(parsed, option) && "json".equals(value(parsed, Specs.OUTPUT))) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "%s does not go with %s json".formatted(option, Specs.OUTPUT),
          "Leave one of them out.");
    }
  }

  static CliException unknownChoice(String option, String chosen, List<String> choices) {
    String remedy =
        Suggestions.nearest(chosen, choices)
            .map("Did you mean '%s'?"::formatted)
            .orElseGet(() -> "Use one of: " + String.join(", ", choices) + ".");
    return CliException.of(
        CliErrorCode.COMMAND_LINE, "%s cannot be '%s'".formatted(option, chosen), remedy);
  }

  /** {@code NAME=VALUE} pairs, in the order given. */
  static SequencedMap<String, String> pairs(ParseResult parsed, String option) {
    SequencedMap<String, String> pairs = new LinkedHashMap<>();
    for (String pair : values(parsed, option)) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw CliException.of(
            CliErrorCode.COMMAND_LINE,
            "%s cannot be '%s': it has no name and value".formatted(option, pair),
            "Write it as %s NAME=VALUE.".formatted(option));
      }
      String name = pair.substring(0, equals);
      if (pairs.putIfAbsent(name, pair.substring(equals + 1)) != null) {
        throw CliException.of(
            CliErrorCode.COMMAND_LINE,
            "%s gives '%s' twice".formatted(option, name),
            "Leave one of them out.");
      }
    }
    return Collections.unmodifiableSequencedMap(pairs);
  }
}
