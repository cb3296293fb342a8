package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A line that the launcher prints: a word and fields {@code key=value}, separated by tabs.
 *
 * @param word what the line is about
 * @param fields by their keys
 */
record StatusLine(String word, Map<String, String> fields) {
  StatusLine {
    fields = Map.copyOf(fields);
  }

  static StatusLine parse(String line) {
    List<String> parts = List.of(line.strip().split("\t", -1));
    Map<String, String> fields = new HashMap<>();
    for (String part : parts.subList(1, parts.size())) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        fields.put(part.substring(0, equals), part.substring(equals + 1));
      }
    }
    return new StatusLine(parts.getFirst(), fields);
  }

  String field(String key) {
    return fields.getOrDefault(key, "");
  }

  /**
   * Makes an exception of a line that begins with {@code failed}.
   *
   * @param namespaceAdvice what to do when a namespace was refused, by the name of the answer
   */
  SandboxException toException(UnaryOperator<String> namespaceAdvice) {
    String hint = field("hint");
    SandboxErrorCode code =
        switch (hint) {
          case "egress" -> SandboxErrorCode.NETWORK_UNAVAILABLE;
          case "resources" -> SandboxErrorCode.OUT_OF_RESOURCES;
          case "usage" -> SandboxErrorCode.PROTOCOL;
          default -> SandboxErrorCode.CANNOT_ISOLATE;
        };
    return new SandboxException(
        code,
        "cannot start the supervisor of the build: %s failed: %s (%s). %s"
            .formatted(
                field("operation"),
                field("text"),
                field("error"),
                hint.equals("user-namespaces")
                    ? namespaceAdvice.apply(field("error"))
                    : remedy(hint)));
  }

  private static String remedy(String hint) {
    return switch (hint) {
      case "subordinate-ids" ->
          "Give this user a range in /etc/subuid and /etc/subgid; 'stepbox doctor' tells how.";
      case "masked-proc" ->
          "Run the outer container with an unmasked /proc; 'stepbox doctor' names the option.";
      case "store" -> "Put STEPBOX_HOME on a local disk that this user can write to.";
      case "cgroup" -> "'stepbox doctor' tells which cgroups this user may use.";
      case "resources" -> "Free memory, processes or disk space, and try again.";
      case "usage" -> "This is a bug in Stepbox.";
      default -> "'stepbox doctor' tells what this machine lacks.";
    };
  }
}
