package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.isolation.StepFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How a script is run: as an argument of its shell, or, when it names its own interpreter or is too
 * long for one argument, from a file.
 */
record StepCommand(List<String> command, List<StepFile> files) {
  /** The kernel takes 128 KiB for one argument, its end included. */
  static final int ARGUMENT_BYTES_MAX = (128 << 10) - 1;

  private static final String SCRIPT = "/tmp/.stepbox-script";
  private static final int EXECUTABLE = 0755;
  private static final int READABLE = 0644;

  static StepCommand of(Action.Shell shell) {
    String script = shell.script();
    if (script.startsWith("#!")) {
      return new StepCommand(
          List.of(SCRIPT), List.of(new StepFile(SCRIPT, ended(script), EXECUTABLE)));
    }
    List<String> interpreter =
        switch (shell.interpreter()) {
          case SH -> List.of("/bin/sh", "-e");
          case BASH -> List.of("bash", "--noprofile", "--norc", "-e", "-o", "pipefail");
        };
    if (script.getBytes(StandardCharsets.UTF_8).length > ARGUMENT_BYTES_MAX) {
      return new StepCommand(
          with(interpreter, SCRIPT), List.of(new StepFile(SCRIPT, ended(script), READABLE)));
    }
    return new StepCommand(with(interpreter, "-c", script), List.of());
  }

  private static String ended(String script) {
    return script.endsWith("\n") ? script : script + "\n";
  }

  private static List<String> with(List<String> interpreter, String... more) {
    List<String> command = new ArrayList<>(interpreter);
    command.addAll(List.of(more));
    return List.copyOf(command);
  }
}
