package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.Execution;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox cp}. */
final class CopyCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "cp",
                "BUILD[/STAGE]:PATH DEST",
                "Copy files out of a build",
                "Copies what 'archive' steps kept or, with STAGE, what the stage left behind in",
                "its workspace: a file, a directory with all in it, or, if PATH is empty,",
                "everything. A workspace is kept for the last build of each pipeline, and for",
                "others as long as there is room. Times and permissions come along; owners,",
                "setuid bits, sockets and devices do not.")
            .addPositional(
                Specs.required(0, "BUILD[/STAGE]:PATH", "The build, its stage, a path in it."))
            .addPositional(
                Specs.required(1, "DEST", "A directory to copy into, or the name of the copy.")),
        "stepbox cp 17:target/app.jar .",
        "stepbox cp 17: results",
        "stepbox cp 17/Build:src/generated .",
        "stepbox cp '17/Test [JDK=21]:' workspace");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    String from = Arguments.required(arguments, 0);
    int colon = from.indexOf(':');
    int slash = from.indexOf('/');
    if (colon < 1 || slash == 0) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "cannot copy '%s': it names no build".formatted(from),
          "Write it as BUILD:PATH, for example 17:target/app.jar.");
    }
    Path to = invocation.resolve(Arguments.required(arguments, 1));
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      Engine engine = assembly.engine();
      int files;
      if (slash > 0 && slash < colon) {
        BuildId build = BuildId.parse(from.substring(0, slash));
        StagePath path = StagePath.parse(engine.planOf(build), build, from.substring(slash + 1));
        files = engine.exportWorkspace(build, path.stage(), path.path(), to);
      } else {
        BuildId build = BuildId.parse(from.substring(0, colon));
        files = engine.export(build, from.substring(colon + 1), to);
      }
      invocation.out().println("copied %d %s".formatted(files, files == 1 ? "file" : "files"));
    }
    return ExitCode.OK;
  }
}
