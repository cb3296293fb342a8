package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.worker.output.OutputFollower;
import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.StepReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs scripts in sandboxes and follows them to their end. One step at a time. */
final class ShellSteps {
  /** Output is looked for at least this often: soon after the start, then less often. */
  private static final List<Duration> POLLS =
      List.of(Duration.ofMillis(5), Duration.ofMillis(15), Duration.ofMillis(30));

  private static final String UNENFORCED_CAPS = "unenforced-caps";
  private static final String INCOMPLETE_IMAGE = "incomplete-image";
  private static final String NESTING =
      "this step may make namespaces itself ('nesting: true'): more of the kernel is open to it";
  private static final Duration POLL_MAX = Duration.ofMillis(50);
  private static final long SAMPLE_NANOS = Duration.ofSeconds(1).toNanos();

  private final StageContext stage;
  private final StepSpecs specs;

  ShellSteps(StageContext stage) {
    this.stage = stage;
    this.specs = new StepSpecs(stage);
  }

  /**
   * What is known of a step that runs or has run.
   *
   * @param mayStartNanos since when it could have started; 0 when nobody knows
   * @param rawOffset how much of its raw output was told
   * @param isStartTold whether the engine knows that it has begun
   */
  private record Known(long mayStartNanos, long rawOffset, boolean isStartTold) {}

  /**
   * Runs a step.
   *
   * @param next the step after it, prepared while this one runs; null for none
   */
  StepEnd run(StepAssignment step, Action.Shell shell, @Nullable StepAssignment next)
      throws InterruptedException {
    long mayStart = System.nanoTime();
    BuildSandbox sandbox = stage.sandbox().use();
    StageRoot root = stage.space().mount(sandbox, shell.image());
    SandboxSpec spec = specs.of(step, shell);
    announceLimits(step, shell, sandbox);
    RunningSandbox running = sandbox.start(root, spec);
    return follow(step, running, new Known(mayStart, 0, false), next);
  }

  /**
   * A cap that does not hold is told with each step that has caps, everything else once: what the
   * sandbox lacks, and what the image does.
   */
  private void announceLimits(StepAssignment step, Action.Shell shell, BuildSandbox sandbox)
      throws InterruptedException {
    for (Announcement announcement : sandbox.announcements()) {
      boolean isAboutCaps = announcement.code().equals(UNENFORCED_CAPS);
      if (isAboutCaps
          ? !shell.caps().limited().isEmpty()
          : stage.build().isNews(announcement.code() + " " + announcement.message())) {
        stage.announce(step, Severity.WARNING, announcement.code(), announcement.message());
      }
    }
    if (shell.nesting() == Nesting.ALLOWED) {
      stage.announce(step, Severity.INFO, "nesting", NESTING);
    }
    for (String notice : stage.space().notices(shell.image())) {
      if (stage.build().isNews(INCOMPLETE_IMAGE + " " + notice)) {
        stage.announce(step, Severity.WARNING, INCOMPLETE_IMAGE, notice);
      }
    }
  }

  /** Follows a step that an earlier worker has started. */
  StepEnd adopt(StepAssignment step, RunningSandbox running, long rawOffset, boolean isStartTold)
      throws InterruptedException {
    return follow(step, running, new Known(0, rawOffset, isStartTold), null);
  }

  /** Tells the end of a step whose sandbox is gone, from what it has left on disk. */
  StepEnd recorded(
      StepAssignment step, SandboxExit exit, Path output, long rawOffset, boolean isStartTold)
      throws InterruptedException {
    var known = new Known(0, rawOffset, isStartTold);
    try (OutputFollower follower = follower(step, output, rawOffset)) {
      tellLateStart(step, exit, known);
      follower.finish();
      return end(step, exit, follower, known);
    }
  }

  private StepEnd follow(
      StepAssignment step, RunningSandbox running, Known known, @Nullable StepAssignment next)
      throws InterruptedException {
    stage.cancellation().watch(running);
    try (OutputFollower follower = follower(step, running.output(), known.rawOffset())) {
      boolean isStartTold = tellStart(step, running.startedNanos().orElse(0), known);
      if (next != null) {
        specs.prepare(next);
      }
      long sampleNanos = System.nanoTime() + SAMPLE_NANOS;
      boolean isBehind = false;
      for (int poll = 0; !running.await(isBehind ? Duration.ZERO : wait(poll)); poll++) {
        isStartTold = isStartTold || tellStart(step, running.startedNanos().orElse(0), known);
        isBehind = follower.drain();
        stage.deadline().check(stage.cancellation());
        if (System.nanoTime() - sampleNanos >= 0) {
          sample(step, running);
          sampleNanos = System.nanoTime() + SAMPLE_NANOS;
        }
      }
      SandboxExit exit = running.await();
      if (!isStartTold) {
        tellLateStart(step, exit, known);
      }
      follower.finish();
      return end(step, exit, follower, known);
    } finally {
      stage.cancellation().unwatch();
    }
  }

  private Duration wait(int poll) {
    return stage.deadline().within(poll < POLLS.size() ? POLLS.get(poll) : POLL_MAX);
  }

  private OutputFollower follower(StepAssignment step, Path output, long rawOffset) {
    return new OutputFollower(
        output,
        rawOffset,
        stage.masking(),
        stage.clock(),
        (bytes, rawEnd, marks) ->
            stage
                .outbox()
                .send(
                    new FromWorker.StepOutput(
                        stage.assignment().attempt(), step.index(), bytes, rawEnd, marks)));
  }

  /** Whether the engine knows now that the step has begun. */
  private boolean tellStart(StepAssignment step, long startedNanos, Known known)
      throws InterruptedException {
    if (startedNanos == 0) {
      return known.isStartTold();
    }
    if (!known.isStartTold()) {
      stage
          .outbox()
          .send(
              new FromWorker.StepStarted(
                  stage.assignment().attempt(),
                  step.index(),
                  stage.instantOf(startedNanos),
                  latency(startedNanos, known.mayStartNanos())));
    }
    return true;
  }

  /** Of a step that is over. One whose program was not executed has begun with the attempt. */
  private void tellLateStart(StepAssignment step, SandboxExit exit, Known known)
      throws InterruptedException {
    long started = exit.report().startedNanos();
    boolean ignored = tellStart(step, Unexecuted.is(exit) ? System.nanoTime() : started, known);
  }

  private static Duration latency(long startedNanos, long mayStartNanos) {
    return mayStartNanos == 0
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, startedNanos - mayStartNanos));
  }

  private void sample(StepAssignment step, RunningSandbox running) throws InterruptedException {
    try {
      stage
          .outbox()
          .send(
              new FromWorker.StepSampled(
                  stage.assignment().attempt(),
                  step.index(),
                  stage.clock().instant(),
                  Outcomes.usage(running.usage())));
    } catch (SandboxException ignored) {
      // The step is about to tell by itself that its sandbox is gone.
    }
  }

  private StepEnd end(StepAssignment step, SandboxExit exit, OutputFollower follower, Known known)
      throws InterruptedException {
    StepReport report = exit.report();
    if (report.outputDroppedBytes() > 0) {
      stage.announce(
          step,
          Severity.WARNING,
          "output-truncated",
          "the output reached its limit of %d bytes; the %d bytes after it are lost"
              .formatted(
                  stage.assignment().settings().outputLimitBytes(), report.outputDroppedBytes()));
    }
    if (exit instanceof SandboxExit.Lost) {
      stage.sandbox().lost();
    }
    StepOutcome outcome = outcome(step, exit);
    return new StepEnd(
        outcome,
        timings(report, known),
        Outcomes.usage(report.usage()),
        outcome instanceof StepOutcome.Succeeded ? List.of() : follower.tail());
  }

  private StepOutcome outcome(StepAssignment step, SandboxExit exit) {
    if (exit instanceof SandboxExit.NotStarted failed
        && Unexecuted.is(exit)
        && step.action() instanceof Action.Shell shell) {
      RootImage own = shell.image();
      RootImage image = own == null ? stage.assignment().base().image() : own;
      return Unexecuted.outcome(shell, image, failed.errno());
    }
    return Outcomes.of(exit, stage.cancellation().reason());
  }

  private StepTimings timings(StepReport report, Known known) {
    Instant now = stage.clock().instant();
    if (report.startedNanos() == 0) {
      return StepTimings.never(now);
    }
    long since = known.mayStartNanos() == 0 ? report.requestedNanos() : known.mayStartNanos();
    long ended = report.endedNanos() == 0 ? System.nanoTime() : report.endedNanos();
    return new StepTimings(
        stage.instantOf(report.startedNanos()),
        latency(report.startedNanos(), since),
        Duration.ofNanos(Math.max(0, ended - report.startedNanos())));
  }
}
