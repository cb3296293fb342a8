package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.security.Commands.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A build that has ended: how each of its steps did, and what each printed. */
final class Build {
  private final Commands commands;
  private final Result result;
  private final Map<String, String> ends = new HashMap<>();
  private final String id;

  private Build(Commands commands, Result result) {
    this.commands = commands;
    this.result = result;
    List<String> events = result.output().lines().filter(line -> line.startsWith("{")).toList();
    this.id = events.isEmpty() ? "" : field(events.getFirst(), "build").orElse("");
    for (String event : events) {
      if (event.contains("\"event\":\"step.finished\"")) {
        ends.put(field(event, "stage").orElse("") + "/" + field(event, "step").orElse(""), event);
      }
    }
  }

  /** Writes the pipeline and runs it; the environment is that of Stepbox and not of the steps. */
  static Build run(
      Commands commands, String pipeline, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    Files.writeString(commands.directory().resolve("stepbox.yaml"), pipeline);
    String[] arguments = new String[options.length + 3];
    arguments[0] = "run";
    arguments[1] = "--output";
    arguments[2] = "json";
    System.arraycopy(options, 0, arguments, 3, options.length);
    return new Build(commands, commands.stepbox(environment, arguments));
  }

  int exitCode() {
    return result.exitCode();
  }

  /** Everything that Stepbox printed. */
  String printed() {
    return result.output();
  }

  /** For example "failed 3", "killed oom" or "succeeded 0"; empty when the step never ended. */
  String end(String stage, int step) {
    String event = ends.get(stage + "/" + step);
    return event == null ? "" : field(event, "outcome").orElse("") + " " + reasonOrCode(event);
  }

  /** The exit code of a step; empty when it never ended. */
  String code(String stage, int step) {
    return field(ends.getOrDefault(stage + "/" + step, ""), "exitCode").orElse("");
  }

  Path logs() {
    return commands.home().resolve("builds").resolve(id).resolve("logs");
  }

  /** What the step printed; nothing when it has no log. */
  String log(String stage, int step) throws IOException {
    try (Stream<Path> folders = Files.list(logs())) {
      Optional<Path> folder =
          folders
              .filter(path -> path.getFileName().toString().matches("[0-9]+-" + stage))
              .findFirst();
      Path log = folder.orElse(logs()).resolve((step - 1) + ".log");
      return Files.exists(log) ? new String(Files.readAllBytes(log), UTF_8) : "";
    }
  }

  private static String reasonOrCode(String event) {
    return field(event, "reason").or(() -> field(event, "exitCode")).orElse("");
  }

  private static Optional<String> field(String line, String name) {
    Matcher matcher =
        Pattern.compile("\"" + name + "\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(-?[0-9.]+))")
            .matcher(line);
    return matcher.find()
        ? Optional.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1))
        : Optional.empty();
  }
}
