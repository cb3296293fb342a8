package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.isolation.SandboxExit;

/**
 * The end of a step whose sandbox stood, but whose program the kernel would not execute: as a shell
 * would tell it, by an exit code, and in words.
 */
final class Unexecuted {
  private static final String EXECUTE = "execve";
  private static final int NOT_FOUND = 127;
  private static final int NOT_EXECUTABLE = 126;
  private static final int ENOENT = 2;
  private static final int E2BIG = 7;
  private static final int ENOEXEC = 8;
  private static final int EACCES = 13;
  private static final int ENOTDIR = 20;
  private static final int ELOOP = 40;

  private Unexecuted() {}

  /** Whether a step ended so. */
  static boolean is(SandboxExit exit) {
    return exit instanceof SandboxExit.NotStarted failed && failed.operation().equals(EXECUTE);
  }

  /**
   * What it is for the engine: the fault of the step.
   *
   * @param image what the step ran in
   * @param errno the kernel's answer
   */
  static StepOutcome outcome(Action.Shell shell, RootImage image, int errno) {
    int exitCode = errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
    return new StepOutcome.Failed(
        exitCode,
        "cannot execute '%s'%s: %s"
            .formatted(
                shown(program(shell)),
                isOwn(shell) ? ", which the first line of the script asks for" : "",
                reason(program(shell), image, errno)));
  }

  private static boolean isOwn(Action.Shell shell) {
    return shell.script().startsWith("#!");
  }

  /** The program as the kernel reads it from the first line, else the shell. */
  private static String program(Action.Shell shell) {
    if (!isOwn(shell)) {
      return StepCommand.of(shell).command().getFirst();
    }
    // A carriage return does not end the line: the kernel takes it for a part of the name.
    String line = shell.script().split("\n", 2)[0];
    int from = "#!".length();
    while (from < line.length() && isBlank(line.charAt(from))) {
      from++;
    }
    int to = from;
    while (to < line.length() && !isBlank(line.charAt(to))) {
      to++;
    }
    return line.substring(from, to);
  }

  private static boolean isBlank(char letter) {
    return letter == ' ' || letter == '\t';
  }

  private static String shown(String program) {
    return program.replace("\r", "\\r");
  }

  private static String reason(String program, RootImage image, int errno) {
    if (program.endsWith("\r")) {
      return "the line ends with a carriage return ('\\r'), as on Windows; end it with '\\n' alone";
    }
    String where = "in image '%s'".formatted(name(image));
    return switch (errno) {
      case ENOENT, ENOTDIR ->
          "no such file %s, or none of what it needs to be loaded".formatted(where);
      case EACCES -> "it is not executable " + where;
      case ENOEXEC -> "it is no program for this machine " + where;
      case E2BIG -> "its arguments and environment are longer than the kernel allows";
      case ELOOP -> "scripts ask for each other, or too many for one another, " + where;
      default -> "the kernel answered with errno %d %s".formatted(errno, where);
    };
  }

  private static String name(RootImage image) {
    return switch (image) {
      case RootImage.Stored stored -> stored.reference();
      case RootImage.Host _ -> "host";
    };
  }
}
