package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.Execution;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox cp}. */
final class CopyCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "cp",
                "BUILD:PATH DEST",
                "Copy files that a build kept",
                "Copies what an 'archive' step kept: a file, a directory with all in it, or, if",
                "PATH is empty, everything.")
            .addPositional(
                Specs.required(
                    0, "BUILD:PATH", "Number of the build, and a path in its workspace."))
            .addPositional(
                Specs.required(1, "DEST", "A directory to copy into, or the name of the copy.")),
        "stepbox cp 17:target/app.jar .",
        "stepbox cp 17: results");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    String from = Arguments.required(arguments, 0);
    int colon = from.indexOf(':');
    if (colon < 1) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "cannot copy '%s': it names no build".formatted(from),
          "Write it as BUILD:PATH, for example 17:target/app.jar.");
    }
    BuildId build = BuildId.parse(from.substring(0, colon));
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      int files =
          assembly
              .engine()
              .export(
                  build,
                  from.substring(colon + 1),
                  invocation.resolve(Arguments.required(arguments, 1)));
      invocation.out().println("copied %d %s".formatted(files, files == 1 ? "file" : "files"));
    }
    return ExitCode.OK;
  }
}
