package dev.stepbox.security;

import dev.stepbox.security.Commands.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The same attack programs without Stepbox around them, where each has to get through: as the plain
 * user, with all privileges in throwaway namespaces, or as root in such.
 */
final class Controls {
  private static final int GOT_THROUGH = 1;

  private final Commands commands;
  private final Path programs;
  private final Map<String, String> variables;

  Controls(Commands commands, Path programs, Map<String, String> variables) {
    this.commands = commands;
    this.programs = programs;
    this.variables = variables;
  }

  /** What is wrong with the control of an attack; empty when it got through as it should. */
  String problem(Attack attack, boolean isRoot) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    switch (attack.control()) {
      case "user" -> {
        if (isRoot) {
          return "";
        }
      }
      case "namespaces" -> {
        if (isRoot) {
          return "";
        }
        command.addAll(List.of("unshare", "--user", "--map-root-user"));
        command.addAll(throwaway());
      }
      case "root" -> {
        if (!isRoot) {
          return "";
        }
        command.add("unshare");
        command.addAll(throwaway());
      }
      default -> {
        return attack.control().startsWith("none: ") ? "" : "unknown control";
      }
    }
    // Two commands, so that the shell stays as process 1.
    String script = attack.controlSetting() + " \"$0\" 1; exit $?";
    command.addAll(List.of("sh", "-c", script, programs.resolve(attack.name()).toString()));
    Result result = commands.run(variables, command);
    return result.exitCode() == GOT_THROUGH
        ? ""
        : "exit code %d: %s".formatted(result.exitCode(), result.output().strip());
  }

  private static List<String> throwaway() {
    return List.of(
        "--mount", "--pid", "--fork", "--mount-proc", "--net", "--ipc", "--uts", "--cgroup");
  }
}
