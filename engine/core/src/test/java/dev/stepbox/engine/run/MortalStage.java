package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.protocol.TimeMark;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.run.SimulatedSandboxes.Fate;
import dev.stepbox.engine.run.SimulatedSandboxes.Place;
import dev.stepbox.engine.run.SimulatedSandboxes.Sandbox;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** One attempt of a {@link MortalWorker}; it does what the real worker's does, in its order. */
final class MortalStage {

  private final MortalWorker worker;
  private final SimulatedSandboxes sandboxes;
  private final BiFunction<Assignment, StepAssignment, Fate> fates;
  private final ManualClock clock;
  private final Assignment assignment;
  private final Instant startedAt;
  private final boolean isResumed;
  private final Map<Integer, StepProgress> known = new HashMap<>();
  private final List<StepAssignment> steps;
  private int current;
  private boolean isPost;
  private @Nullable PostCondition block;
  private String skip = "";
  private @Nullable CancelMode mode;
  private String cancelledBy = "";
  private @Nullable Sandbox followed;
  private boolean isActing;
  private boolean isOver;
  private StageResult result = StageResult.SUCCEEDED;
  private @Nullable String because;
  private @Nullable AgentErrorCode code;

  MortalStage(
      MortalWorker worker,
      SimulatedSandboxes sandboxes,
      BiFunction<Assignment, StepAssignment, Fate> fates,
      ManualClock clock,
      Assignment assignment,
      Instant startedAt,
      @Nullable List<StepProgress> progress) {
    this.worker = worker;
    this.sandboxes = sandboxes;
    this.fates = fates;
    this.clock = clock;
    this.assignment = assignment;
    this.startedAt = startedAt;
    this.isResumed = progress != null;
    this.steps = assignment.allSteps();
    if (progress != null) {
      progress.forEach(step -> known.put(step.step(), step));
    }
  }

  void begin() {
    worker.tell(new FromWorker.StageAccepted(assignment.attempt(), clock.instant()));
    Duration timeout = assignment.settings().timeout();
    if (timeout != null) {
      Duration left = timeout.minus(Duration.between(startedAt, clock.instant()));
      worker.after(
          left.isNegative() ? Duration.ZERO : left,
          () -> cancel(CancelMode.GRACEFUL, "the stage's timeout"));
    }
    goOn();
  }

  void cancel(CancelMode wanted, String why) {
    boolean isNews =
        switch (wanted) {
          case GRACEFUL -> mode == null && !isPost;
          case KILL -> mode != CancelMode.KILL;
        };
    if (isNews && !isOver) {
      cancelledBy = mode == null ? why : cancelledBy;
      mode = wanted;
      Sandbox running = followed;
      if (running != null) {
        worker.after(Duration.ofMillis(1), () -> running.end(cancelledBy));
      } else if (isActing) {
        isActing = false;
        acted(steps.get(current), new StepOutcome.Cancelled(cancelledBy, null), Duration.ZERO);
      }
    }
  }

  private boolean stopsNow() {
    return mode == CancelMode.KILL || (mode == CancelMode.GRACEFUL && !isPost);
  }

  private void goOn() {
    while (current < steps.size()) {
      StepAssignment step = steps.get(current);
      enterBlock(step);
      StepProgress before = known.get(step.index());
      if (before != null && before.outcome() != null) {
        note(before.outcome());
        current++;
      } else if (isResumed && meet(step, before)) {
        return;
      } else {
        StepOutcome refusal = refusal();
        if (refusal == null) {
          run(step, before);
          return;
        }
        tell(step, refusal);
        current++;
      }
    }
    finish();
  }

  private void enterBlock(StepAssignment step) {
    isPost = current >= assignment.steps().size();
    PostCondition mine = isPost ? conditionOf(step) : null;
    if (mine != null && mine != block) {
      block = mine;
      skip = holds(mine) ? "" : "not due";
    }
  }

  private PostCondition conditionOf(StepAssignment step) {
    return assignment.post().entrySet().stream()
        .filter(entry -> entry.getValue().contains(step))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private boolean holds(PostCondition condition) {
    StageResult seen = result.compareTo(assignment.prior()) > 0 ? result : assignment.prior();
    return switch (condition) {
      case ALWAYS, CLEANUP -> true;
      case ABORTED -> seen == StageResult.ABORTED;
      case SUCCESS -> seen == StageResult.SUCCEEDED;
      case FAILURE -> seen == StageResult.FAILED || seen == StageResult.ERRORED;
    };
  }

  private @Nullable StepOutcome refusal() {
    if (stopsNow() && (isPost || result != StageResult.FAILED)) {
      worse(StageResult.ABORTED, cancelledBy, null);
      return new StepOutcome.Cancelled(cancelledBy, null);
    }
    String why = isPost ? skip : result == StageResult.SUCCEEDED ? "" : String.valueOf(because);
    return why.isEmpty() ? null : new StepOutcome.Skipped(why);
  }

  /** Whether an earlier worker had begun the step; then it is followed to its end. */
  private boolean meet(StepAssignment step, @Nullable StepProgress before) {
    var place = new Place(assignment.attempt(), step.index());
    boolean isStartTold = before != null && before.started();
    Sandbox met = sandboxes.find(place);
    List<FromWorker> kept = sandboxes.kept(place);
    if (met != null) {
      follow(step, met, before == null ? 0 : before.rawOffset(), isStartTold);
    } else if (kept != null) {
      if (!isStartTold) {
        tellStart(step);
      }
      kept.forEach(worker::tell);
      worker.after(Duration.ZERO, () -> ended(step, endOf(kept)));
    }
    boolean isLost =
        met == null
            && step.action() instanceof Action.Shell
            && (isStartTold || (before != null && before.rawOffset() > 0));
    if (isLost) {
      if (!isStartTold) {
        tellStart(step);
      }
      var lost = new StepOutcome.Errored(AgentErrorCode.SANDBOX_LOST, "the supervisor died");
      worker.after(Duration.ZERO, () -> ended(step, lost, Duration.ZERO));
    }
    return met != null || kept != null || isLost;
  }

  private static StepOutcome endOf(List<FromWorker> kept) {
    return ((FromWorker.StepFinished) kept.getLast()).outcome();
  }

  private void run(StepAssignment step, @Nullable StepProgress before) {
    Fate fate = fates.apply(assignment, step);
    if (step.action() instanceof Action.Shell shell) {
      if (fate.outcome() instanceof StepOutcome.Errored) {
        ended(step, fate.outcome(), Duration.ZERO);
      } else {
        var place = new Place(assignment.attempt(), step.index());
        follow(step, sandboxes.start(place, fate, shell.timeout()), 0, false);
      }
    } else {
      act(step, fate, before != null && before.started());
    }
  }

  private void follow(StepAssignment step, Sandbox sandbox, long offset, boolean isStartTold) {
    followed = sandbox;
    if (!isStartTold) {
      tellStart(step);
    }
    long[] told = {offset};
    sandbox.watch(() -> look(step, sandbox, told));
    // What there is already is seen at once, but not from within the caller's loop.
    worker.after(Duration.ZERO, () -> look(step, sandbox, told));
    if (mode == CancelMode.KILL || (mode == CancelMode.GRACEFUL && !isPost)) {
      worker.after(Duration.ofMillis(1), () -> sandbox.end(cancelledBy));
    }
  }

  private void look(StepAssignment step, Sandbox sandbox, long[] told) {
    if (followed == sandbox && !worker.isDead()) {
      told[0] = drain(step, sandbox, told[0]);
      StepOutcome outcome = sandbox.outcome();
      if (outcome != null) {
        followed = null;
        ended(step, outcome, Duration.between(sandbox.startedAt(), clock.instant()));
      }
    }
  }

  private long drain(StepAssignment step, Sandbox sandbox, long from) {
    byte[] bytes = sandbox.printed().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > from) {
      worker.tell(
          new FromWorker.StepOutput(
              assignment.attempt(),
              step.index(),
              Bytes.copyOf(bytes, (int) from, bytes.length - (int) from),
              bytes.length,
              List.of(new TimeMark(0, clock.instant()))));
    }
    return bytes.length;
  }

  private void tellStart(StepAssignment step) {
    worker.tell(
        new FromWorker.StepStarted(
            assignment.attempt(), step.index(), clock.instant(), Duration.ofMillis(2)));
  }

  /** What runs no script can be done again after a worker died in the middle of it. */
  private void act(StepAssignment step, Fate fate, boolean isStartTold) {
    if (!isStartTold) {
      tellStart(step);
    }
    isActing = true;
    Duration length = fate.length() == null ? Duration.ZERO : fate.length();
    worker.after(
        length,
        () -> {
          if (isActing && current == step.index()) {
            isActing = false;
            acted(step, outcomeOf(step), length);
          }
        });
  }

  private void acted(StepAssignment step, StepOutcome outcome, Duration length) {
    List<FromWorker> told = new ArrayList<>();
    if (outcome instanceof StepOutcome.Succeeded) {
      switch (step.action()) {
        case Action.Archive archive ->
            archive
                .includes()
                .forEach(path ->
                    told.add(
                        new FromWorker.ArtifactStored(
                            assignment.attempt(), step.index(), path, 4)));
        case Action.Stash stash ->
            told.add(
                new FromWorker.StashStored(assignment.attempt(), step.index(), stash.name(), 1, 4));
        case Action.SourceMissing _, Action.Checkout _, Action.Unstash _, Action.Shell _ -> {}
      }
    }
    told.add(finished(step, outcome, length));
    sandboxes.keep(new Place(assignment.attempt(), step.index()), told);
    told.forEach(worker::tell);
    ended(step, outcome);
  }

  private StepOutcome outcomeOf(StepAssignment step) {
    return step.action() instanceof Action.SourceMissing missing
        ? new StepOutcome.Errored(AgentErrorCode.SOURCE_MISSING, missing.because())
        : new StepOutcome.Succeeded();
  }

  private void ended(StepAssignment step, StepOutcome outcome, Duration length) {
    StepOutcome named =
        outcome instanceof StepOutcome.Cancelled
            ? new StepOutcome.Cancelled(cancelledBy.isEmpty() ? "cancelled" : cancelledBy, null)
            : outcome;
    worker.tell(finished(step, named, length));
    ended(step, named);
  }

  private void ended(StepAssignment step, StepOutcome outcome) {
    note(outcome);
    current = step.index() + 1;
    goOn();
  }

  private void tell(StepAssignment step, StepOutcome outcome) {
    note(outcome);
    worker.tell(finished(step, outcome, Duration.ZERO));
  }

  private FromWorker finished(StepAssignment step, StepOutcome outcome, Duration length) {
    return new FromWorker.StepFinished(
        assignment.attempt(),
        step.index(),
        outcome,
        new StepTimings(clock.instant(), Duration.ofMillis(2), length),
        Usage.unknown(),
        List.of());
  }

  private void note(StepOutcome outcome) {
    switch (outcome) {
      case StepOutcome.Succeeded _, StepOutcome.Skipped _ -> {}
      case StepOutcome.Failed failed ->
          worse(StageResult.FAILED, "exit " + failed.exitCode(), null);
      case StepOutcome.Killed killed ->
          worse(StageResult.FAILED, "killed: " + killed.reason(), null);
      case StepOutcome.Cancelled cancelled -> worse(StageResult.ABORTED, cancelled.by(), null);
      case StepOutcome.Errored errored ->
          worse(StageResult.ERRORED, errored.message(), errored.code());
    }
    boolean isGood =
        outcome instanceof StepOutcome.Succeeded || outcome instanceof StepOutcome.Skipped;
    if (isPost && !isGood && skip.isEmpty()) {
      skip = "a step before it failed";
    }
  }

  private void worse(StageResult as, String why, @Nullable AgentErrorCode error) {
    if (result == StageResult.SUCCEEDED) {
      result = as;
      because = why;
      code = error;
    }
  }

  private void finish() {
    isOver = true;
    Snapshot base = assignment.base();
    List<String> workspace = new ArrayList<>(base.workspaceLayers());
    workspace.add("layer-of-" + assignment.attempt().stage());
    worker.tell(
        new FromWorker.StageFinished(
            assignment.attempt(),
            result,
            because,
            code,
            new Snapshot(base.image(), base.rootLayers(), workspace),
            Duration.between(startedAt, clock.instant())));
  }
}
