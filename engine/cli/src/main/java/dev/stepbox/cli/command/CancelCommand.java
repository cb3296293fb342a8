package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildSummary.State;
import dev.stepbox.engine.Engine;
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
                "that nothing of it is left.")
            .addPositional(Specs.required(0, "BUILD", "Number of the build."))
            .addOption(Specs.flag(KILL, "Kill everything at once; post steps do not run."))
            .addOption(Specs.flag(NO_WAIT, "Do not wait for the end.")),
        "stepbox cancel 17",
        "stepbox cancel 17 --kill");
  }

  /** Whether a person asked for the end of the build by this command. */
  static boolean asked(@Nullable BuildCancelling request) {
    return request != null && request.by().equals(BY);
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    BuildId build = BuildId.parse(Arguments.required(arguments, 0));
    CancelMode mode = Arguments.flag(arguments, KILL) ? CancelMode.KILL : CancelMode.GRACEFUL;
    BuildSummary summary = AttachCommand.find(invocation, build);
    if (summary.state() == State.FINISHED) {
      invocation.out().println("build %s is over already".formatted(build));
      return ExitCode.OK;
    }
    try (Assembly assembly = Assembly.of(invocation.surroundings(), summary.execution())) {
      Engine engine = assembly.engine();
      boolean orphan = summary.state() == State.INTERRUPTED;
      if (orphan) {
        engine.resume(build, List.of());
      }
      engine.cancel(build, mode, BY);
      if (orphan || !Arguments.flag(arguments, NO_WAIT)) {
        await(engine, build);
        invocation.out().println("build %s was stopped".formatted(build));
      } else {
        invocation.out().println("build %s is being stopped".formatted(build));
      }
      return ExitCode.OK;
    }
  }

  private static void await(Engine engine, BuildId build) throws InterruptedException {
    try (EventStream events = engine.watch(build, 0)) {
      while (events.next().isPresent()) {
        // Only the end matters.
      }
    }
  }
}
