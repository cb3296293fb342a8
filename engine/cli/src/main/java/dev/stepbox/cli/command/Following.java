package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.BuildRenderer;
import dev.stepbox.cli.render.JsonRenderer;
import dev.stepbox.cli.render.LiveRenderer;
import dev.stepbox.cli.render.PlainRenderer;
import dev.stepbox.cli.render.Subject;
import dev.stepbox.cli.terminal.LiveScreen;
import dev.stepbox.cli.terminal.Signals;
import dev.stepbox.cli.terminal.SizeProbe;
import dev.stepbox.cli.terminal.SizeWatch;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.StepKey;
import java.io.File;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Shows a build until it is over, and says how the process should end. */
final class Following {

  private static final String PLAIN = "--plain";

  /** Between two looks at the output of running steps. */
  private static final Duration TICK = Duration.ofMillis(50);

  private final Invocation invocation;
  private final Engine engine;
  private final Stopping stopping;
  private @Nullable BuildFinished finished;
  private @Nullable BuildCancelling cancelling;

  Following(Invocation invocation, Engine engine, Stopping stopping) {
    this.invocation = invocation;
    this.engine = engine;
    this.stopping = stopping;
  }

  static OptionSpec plainOption() {
    return Specs.flag(PLAIN, "On a terminal, too, write all output as lines that are only added.");
  }

  static boolean plain(ParseResult arguments) {
    return Arguments.flag(arguments, PLAIN);
  }

  /**
   * Follows the build to its end.
   *
   * @param again the command that runs the same pipeline again
   * @throws CliException when the build stops being carried on before it is over
   */
  ExitCode follow(BuildId build, String again, OutputForm form, boolean plain)
      throws InterruptedException {
    stopping.aim(build, (mode, by) -> engine.cancel(build, mode, by));
    Subject subject = new Subject(engine.planOf(build), step -> engine.log(build, step), again);
    boolean live = form == OutputForm.TEXT && !plain && invocation.terminal().canMoveCursor();
    if (live) {
      followLive(build, subject);
    } else {
      try (BuildRenderer renderer = lines(form, subject)) {
        follow(build, renderer, () -> {});
      }
    }
    return result(build);
  }

  private BuildRenderer lines(OutputForm form, Subject subject) {
    return switch (form) {
      case JSON -> new JsonRenderer(invocation.out());
      case TEXT ->
          new PlainRenderer(invocation.out(), invocation.look(), subject, invocation.clock());
    };
  }

  private void followLive(BuildId build, Subject subject) throws InterruptedException {
    SizeWatch sizes = SizeWatch.start(new SizeProbe(new File("/proc/self/fd/1")));
    Supplier<Map<StepKey, Usage>> samples = () -> engine.samples(build);
    try (LiveScreen screen = new LiveScreen(invocation.out());
        LiveRenderer renderer = new LiveRenderer(screen, invocation.look(), subject, samples)) {
      stopping.listenToSuspend();
      Signals.on(Signals.Kind.RESUME, renderer::redraw);
      follow(
          build,
          renderer,
          () -> {
            screen.resize(sizes.size());
            if (stopping.takeSuspend()) {
              suspend(screen, renderer);
            }
          });
    }
  }

  private void suspend(LiveScreen screen, LiveRenderer renderer) throws InterruptedException {
    screen.suspend();
    Signals.stopSelf();
    stopping.listenToSuspend();
    renderer.redraw();
  }

  /** What is done before each redraw. */
  private interface Preparation {
    void run() throws InterruptedException;
  }

  private void follow(BuildId build, BuildRenderer renderer, Preparation beforeTick)
      throws InterruptedException {
    try (EventStream events = engine.watch(build, 0)) {
      while (!events.hasEnded()) {
        Optional<BuildEvent> next = events.poll(TICK);
        next.ifPresent(event -> take(event, renderer));
        beforeTick.run();
        renderer.tick(invocation.clock().instant());
      }
    }
  }

  private void take(BuildEvent event, BuildRenderer renderer) {
    if (event instanceof BuildFinished end) {
      finished = end;
    } else if (event instanceof BuildCancelling request) {
      cancelling = request;
    }
    renderer.event(event);
    if (event instanceof BuildCancelling request
        && request.mode() == CancelMode.GRACEFUL
        && stopping.requests() > 0) {
      renderer.note(request.by() + " again kills everything");
    }
  }

  private ExitCode result(BuildId build) {
    BuildFinished end = finished;
    if (end == null) {
      String trouble = stopping.trouble();
      throw CliException.of(
          CliErrorCode.INFRASTRUCTURE,
          "build %s is not over, and nobody carries it on%s"
              .formatted(build, trouble == null ? "" : ": " + trouble),
          "Carry it on with 'stepbox attach %s'.".formatted(build));
    }
    return switch (end.outcome()) {
      case SUCCEEDED -> ExitCode.OK;
      case FAILED -> ExitCode.BUILD_FAILED;
      case ABORTED ->
          stopping.requests() > 0 || CancelCommand.asked(cancelling)
              ? ExitCode.INTERRUPTED
              : ExitCode.BUILD_FAILED;
      case ERRORED -> Faults.exitCode(end.code());
    };
  }
}
