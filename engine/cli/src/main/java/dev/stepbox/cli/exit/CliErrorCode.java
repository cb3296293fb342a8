package dev.stepbox.cli.exit;

/** Why the command line gave up before or beside a build, and the exit code that follows. */
public enum CliErrorCode {
  /** An argument, an option or its value is wrong. */
  COMMAND_LINE(ExitCode.USAGE),
  /** An environment variable holds a value that cannot be used. */
  SETTINGS(ExitCode.USAGE),
  /** A build, stage or step was named that is not kept here. */
  UNKNOWN_NAME(ExitCode.USAGE),
  /** The pipeline file is missing or cannot be read. */
  PIPELINE_FILE(ExitCode.INVALID_PIPELINE),
  /** The pipeline has errors. */
  PIPELINE_INVALID(ExitCode.INVALID_PIPELINE),
  /** The kernel or its settings do not allow what the pipeline asks for. */
  CANNOT_ISOLATE(ExitCode.CANNOT_ISOLATE),
  /** The pipeline asks for what only the operator can allow, and nobody has. */
  NOT_ALLOWED(ExitCode.CANNOT_ISOLATE),
  /** The directory of our own state cannot be used. */
  HOME(ExitCode.INFRASTRUCTURE),
  /** The disk, the store, an image or the repository failed. */
  INFRASTRUCTURE(ExitCode.INFRASTRUCTURE),
  /** A defect of Stepbox. */
  INTERNAL(ExitCode.INTERNAL);

  private final ExitCode exitCode;

  CliErrorCode(ExitCode exitCode) {
    this.exitCode = exitCode;
  }

  /** How the process ends because of it. */
  public ExitCode exitCode() {
    return exitCode;
  }
}
