package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.worker.output.Masking;
import dev.stepbox.agent.worker.workspace.BuildSpace;
import dev.stepbox.agent.worker.workspace.KeptBytes;
import dev.stepbox.agent.worker.workspace.StageSpace;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.layercache.LayerCacheException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a stage from its first message to its last: its steps in order, then its post
 * blocks. {@link #run} belongs to one thread; {@link #cancel} may be called by any.
 */
public final class StageRun {
  private final BuildSpace build;
  private final Assignment assignment;
  private final Outbox outbox;
  private final InstantSource clock;
  private final Instant startedAt;
  private final @Nullable Resumption resumption;
  private final Masking masking;
  private final Cancellation cancellation;
  private final StageStatus status;

  /** How the steps ended, by index. */
  private final Map<Integer, StepOutcome> outcomes = new HashMap<>();

  private StageRun(
      BuildSpace build,
      Assignment assignment,
      @Nullable Resumption resumption,
      Outbox outbox,
      InstantSource clock,
      Instant startedAt) {
    this.build = build;
    this.assignment = assignment;
    this.resumption = resumption;
    this.outbox = outbox;
    this.clock = clock;
    this.startedAt = startedAt;
    this.masking = Masking.of(assignment.secrets());
    this.cancellation = new Cancellation(assignment.settings().grace());
    this.status = new StageStatus(assignment.prior());
  }

  /** A new attempt. */
  public static StageRun begin(
      BuildSpace build, Assignment assignment, Outbox outbox, InstantSource clock) {
    return new StageRun(build, assignment, null, outbox, clock, clock.instant());
  }

  /** An attempt that another worker has begun. */
  public static StageRun resume(
      BuildSpace build, ToWorker.ResumeStage resume, Outbox outbox, InstantSource clock) {
    var run =
        new StageRun(
            build,
            resume.assignment(),
            new Resumption(resume.progress()),
            outbox,
            clock,
            resume.startedAt());
    ToWorker.Stop stop = resume.stop();
    if (stop != null) {
      run.cancel(stop.mode(), stop.reason());
    }
    return run;
  }

  /** Asks for the end of the attempt; returns at once. */
  public void cancel(CancelMode mode, String reason) {
    cancellation.request(mode, reason);
  }

  /**
   * Runs the attempt to its end. Interrupting it, or closing the transport, leaves everything as it
   * is for a later worker.
   */
  public void run() throws InterruptedException {
    outbox.send(new FromWorker.StageAccepted(assignment.attempt(), clock.instant()));
    Snapshot snapshot = null;
    try {
      snapshot = runSteps();
    } catch (RuntimeException e) {
      if (e instanceof AgentException agent && agent.code() == AgentErrorCode.TRANSPORT_CLOSED) {
        throw e;
      }
      status.addError(Faults.of(e, masking));
      tellTheRest();
    }
    outbox.send(
        new FromWorker.StageFinished(
            assignment.attempt(),
            status.result(),
            status.because(),
            status.code(),
            snapshot,
            Duration.between(startedAt, clock.instant())));
  }

  private @Nullable Snapshot runSteps() throws InterruptedException {
    StageSpace space = build.stage(assignment);
    var sandbox = new StageSandbox(build, space, assignment.demands());
    Duration elapsed = Duration.between(startedAt, clock.instant());
    var context =
        new StageContext(
            assignment,
            build,
            space,
            sandbox,
            new KeptBytes(assignment.settings().keptBytesMax()),
            outbox,
            masking,
            cancellation,
            new Deadline(assignment.settings().timeout(), elapsed),
            clock);
    if (resumption != null) {
      boolean ignored = sandbox.reattach();
    }
    var runner = new StepRunner(context, resumption);
    runMain(runner, context.deadline());
    cancellation.enterPost();
    for (Map.Entry<PostCondition, List<StepAssignment>> block : assignment.post().entrySet()) {
      runBlock(runner, block.getKey(), block.getValue());
    }
    return capture(space, sandbox);
  }

  private void runMain(StepRunner runner, Deadline deadline) throws InterruptedException {
    List<StepAssignment> steps = assignment.steps();
    for (int i = 0; i < steps.size(); i++) {
      StepAssignment step = steps.get(i);
      deadline.check(cancellation);
      if (takeKnown(step) || meet(runner, step)) {
        continue;
      }
      if (cancellation.stopsNow() && status.result() != StageResult.FAILED) {
        status.addAbort(cancellation.reason());
        tell(step, notBegun(new StepOutcome.Cancelled(cancellation.reason(), null)));
      } else if (!status.isSuccess()) {
        tell(step, notBegun(new StepOutcome.Skipped(String.valueOf(status.because()))));
      } else {
        runAndTell(runner, step, i + 1 < steps.size() ? steps.get(i + 1) : null);
      }
    }
  }

  private void runBlock(StepRunner runner, PostCondition condition, List<StepAssignment> steps)
      throws InterruptedException {
    String skip = skipped(condition);
    for (StepAssignment step : steps) {
      if (takeKnown(step) || meet(runner, step)) {
        skip = skip.isEmpty() ? afterFailure(step) : skip;
      } else if (cancellation.stopsNow()) {
        status.addAbort(cancellation.reason());
        tell(step, notBegun(new StepOutcome.Cancelled(cancellation.reason(), null)));
      } else if (!skip.isEmpty()) {
        tell(step, notBegun(new StepOutcome.Skipped(skip)));
      } else {
        runAndTell(runner, step, null);
        skip = afterFailure(step);
      }
    }
  }

  /** Why the steps of a block do not run; empty when they do. */
  private String skipped(PostCondition condition) {
    if (status.code() == AgentErrorCode.CANNOT_ISOLATE
        || status.code() == AgentErrorCode.CAP_UNENFORCED) {
      return "this machine cannot isolate a step as asked";
    }
    return status.holds(condition)
        ? ""
        : "the stage is not such that '%s' applies"
            .formatted(condition.name().toLowerCase(Locale.ROOT));
  }

  private String afterFailure(StepAssignment step) {
    return isBad(outcomes.get(step.index()))
        ? "step '%s' of the block before it did not succeed".formatted(step.label())
        : "";
  }

  private static boolean isBad(@Nullable StepOutcome outcome) {
    return outcome != null
        && !(outcome instanceof StepOutcome.Succeeded)
        && !(outcome instanceof StepOutcome.Skipped);
  }

  /** Whether the engine knows how the step ended; then that counts and nothing is told. */
  private boolean takeKnown(StepAssignment step) {
    StepOutcome known = resumption == null ? null : resumption.outcome(step.index());
    if (known != null) {
      note(step, known);
    }
    return known != null;
  }

  /** Whether an earlier worker had begun the step; then it is over now, and that is told. */
  private boolean meet(StepRunner runner, StepAssignment step) throws InterruptedException {
    StepEnd end = runner.meet(step);
    if (end != null) {
      tell(step, end);
    }
    return end != null;
  }

  private void runAndTell(StepRunner runner, StepAssignment step, @Nullable StepAssignment next)
      throws InterruptedException {
    StepEnd end = runner.run(step, next);
    tell(step, end);
  }

  private void tell(StepAssignment step, StepEnd end) throws InterruptedException {
    note(step, end.outcome());
    outbox.send(
        new FromWorker.StepFinished(
            assignment.attempt(),
            step.index(),
            end.outcome(),
            end.timings(),
            end.usage(),
            end.tail()));
  }

  private void note(StepAssignment step, StepOutcome outcome) {
    outcomes.put(step.index(), outcome);
    status.add(step, outcome);
  }

  /** After something went wrong outside of any step: each step still gets its end told. */
  private void tellTheRest() throws InterruptedException {
    for (StepAssignment step : assignment.allSteps()) {
      if (!outcomes.containsKey(step.index()) && !takeKnown(step)) {
        tell(step, notBegun(new StepOutcome.Skipped(String.valueOf(status.because()))));
      }
    }
  }

  private StepEnd notBegun(StepOutcome outcome) {
    return StepEnd.notBegun(outcome, clock.instant());
  }

  private @Nullable Snapshot capture(StageSpace space, StageSandbox sandbox)
      throws InterruptedException {
    try {
      return space.capture(sandbox.current());
    } catch (AgentException | SandboxException | LayerCacheException e) {
      status.addError(Faults.of(e, masking));
      return null;
    }
  }
}
