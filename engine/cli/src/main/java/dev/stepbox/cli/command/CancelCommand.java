package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildSummary.State;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox cancel}. */
final class CancelCommand implements Command {

  private static final String BY = "stepbox cancel";
  private static final String KILL = "--kill";
  private static final String NO_WAIT = "--no-wait";

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "cancel",
                "[OPTIONS] BUILD",
                "Stop a running build",
                "The running steps get TERM and some seconds, then KILL; post steps run. Waits",
                "until the build is over. A build whose engine is gone is taken over first, so",
                "that nothing of it is left. If such a build has secrets and they are not given",
                "again, it is killed at once, and its post steps do not run.")
            .addPositional(Specs.required(0, "BUILD", "Number of the build."))
            .addOption(Specs.flag(KILL, "Kill everything at once; post steps do not run."))
            .addOption(BuildOptions.secret())
            .addOption(Specs.flag(NO_WAIT, "Do not wait for the end.")),
        "stepbox cancel 17",
        "stepbox cancel 17 --kill",
        "TOKEN=... stepbox cancel 17 --secret TOKEN");
  }

  /** Whether a person asked for the end of the build by this command. */
  static boolean asked(@Nullable BuildCancelling request) {
    return request != null && request.by().equals(BY);
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    BuildId build = BuildId.parse(Arguments.required(arguments, 0));
    CancelMode mode = Arguments.flag(arguments, KILL) ? CancelMode.KILL : CancelMode.GRACEFUL;
    List<Secret> secrets = BuildOptions.secrets(arguments, invocation);
    BuildSummary summary = AttachCommand.find(invocation, build);
    if (summary.state() == State.FINISHED) {
      invocation.out().println("build %s is over already".formatted(build));
      return ExitCode.OK;
    }
    try (Assembly assembly = Assembly.of(invocation.surroundings(), summary.execution())) {
      Engine engine = assembly.engine();
      boolean isOurs =
          summary.state() == State.INTERRUPTED && takeOver(invocation, engine, build, secrets);
      engine.cancel(build, mode, BY);
      if (!isOurs && Arguments.flag(arguments, NO_WAIT)) {
        invocation.out().println("build %s is being stopped".formatted(build));
        return ExitCode.OK;
      }
      await(engine, build);
      invocation.out().println("build %s %s".formatted(build, end(engine.find(build))));
      return ExitCode.OK;
    }
  }

  /** Whether this process carries the build on, and no other one was quicker. */
  private static boolean takeOver(
      Invocation invocation, Engine engine, BuildId build, List<Secret> secrets)
      throws InterruptedException {
    try {
      try {
        engine.resume(build, secrets);
      } catch (EngineException e) {
        if (e.code() != ErrorCode.INVALID_SECRET || !secrets.isEmpty()) {
          throw e;
        }
        engine.abandon(build, BY);
        invocation
            .err()
            .println("build %s has secrets: it is killed, without its post steps".formatted(build));
      }
      return true;
    } catch (EngineException e) {
      if (e.code() != ErrorCode.BUILD_BUSY && e.code() != ErrorCode.BUILD_STATE) {
        throw e;
      }
      return false;
    }
  }

  /** How it ended: perhaps before it heard of us, perhaps not at all. */
  private static String end(BuildSummary summary) {
    StageResult outcome = summary.outcome();
    if (outcome == null) {
      throw CliException.of(
          CliErrorCode.INFRASTRUCTURE,
          "build %s could not be stopped: it is not over".formatted(summary.build()),
          "See why with 'stepbox show %1$s', and try 'stepbox cancel %1$s --kill'."
              .formatted(summary.build()));
    }
    return switch (outcome) {
      case ABORTED -> "was stopped";
      case SUCCEEDED -> "succeeded before it could be stopped";
      case FAILED -> "failed before it could be stopped";
      case ERRORED -> "ended with an error before it could be stopped";
    };
  }

  private static void await(Engine engine, BuildId build) throws InterruptedException {
    try (EventStream events = engine.watch(build, 0)) {
      while (events.next().isPresent()) {
        // Only the end matters.
      }
    }
  }
}
