package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.cli.config.HomeCheck;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.ShellWords;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.Execution;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox attach}. */
final class AttachCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "attach",
                "[OPTIONS] BUILD",
                "Follow a build, and carry it on if its engine is gone",
                "Shows a build from its beginning to its end. If the process that ran it was",
                "killed, takes over: running steps have not noticed, and no line of their output",
                "is lost. Ctrl-C stops the build, as with 'stepbox run'.")
            .addPositional(Specs.required(0, "BUILD", "Number of the build."))
            .addOption(BuildOptions.secret())
            .addOption(Following.plainOption())
            .addOption(Specs.output("one event per line, from the first")),
        "stepbox attach 17",
        "TOKEN=... stepbox attach 17 --secret TOKEN");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    BuildId build = BuildId.parse(Arguments.required(arguments, 0));
    OutputForm form = Arguments.output(arguments, invocation);
    List<Secret> secrets = BuildOptions.secrets(arguments, invocation);
    HomeCheck.prepare(invocation.settings().home());
    BuildSummary summary = find(invocation, build);
    try (Assembly assembly = Assembly.of(invocation.surroundings(), summary.execution())) {
      Engine engine = assembly.engine();
      Stopping stopping = Stopping.listen(invocation.err());
      if (summary.state() == BuildSummary.State.INTERRUPTED) {
        stopping.arm();
        resume(engine, build, secrets);
      }
      String again = "stepbox run " + ShellWords.quote(summary.directory());
      return new Following(invocation, engine, stopping)
          .follow(build, again, form, Following.plain(arguments));
    }
  }

  /** How a build stands, and how it must be carried on: a dry run never becomes a real one. */
  static BuildSummary find(Invocation invocation, BuildId build) {
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      return assembly.engine().find(build);
    }
  }

  private static void resume(Engine engine, BuildId build, List<Secret> secrets)
      throws InterruptedException {
    try {
      engine.resume(build, secrets);
    } catch (EngineException e) {
      // Another process was quicker, or the build just ended: then there is something to follow.
      if (e.code() != ErrorCode.BUILD_BUSY && e.code() != ErrorCode.BUILD_STATE) {
        throw e;
      }
    }
  }
}
