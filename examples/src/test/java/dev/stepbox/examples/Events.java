package dev.stepbox.examples;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of {@code --output json}, looked at as text: what a shell script of a user would see.
 */
record Events(List<String> lines) {

  /** The last line's outcome, which is the build's. */
  String outcome() {
    String last = lines.getLast();
    if (!last.contains("\"event\":\"build.finished\"")) {
      throw new AssertionError("the last line is no build.finished: " + last);
    }
    return field(last, "outcome").orElseThrow();
  }

  String build() {
    return field(lines.getFirst(), "build").orElseThrow();
  }

  List<String> of(String event) {
    return lines.stream().filter(line -> line.contains("\"event\":\"" + event + "\"")).toList();
  }

  /** The {@code step.finished} lines of one stage. */
  List<String> stepsOf(String stage) {
    return of("step.finished").stream()
        .filter(line -> field(line, "stage").map(stage::equals).orElse(false))
        .toList();
  }

  /** The reason of the first step of a stage that has one. */
  Optional<String> reasonIn(String stage) {
    return stepsOf(stage).stream().flatMap(line -> field(line, "reason").stream()).findFirst();
  }

  /** The value of a string or number field of a line. */
  static Optional<String> field(String line, String name) {
    Matcher matcher =
        Pattern.compile("\"" + name + "\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(-?[0-9.]+))")
            .matcher(line);
    if (!matcher.find()) {
      return Optional.empty();
    }
    return Optional.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
  }
}
