package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A worker in simulated time. Like the real one it outlives the engine: what it says while nobody
 * listens is lost, and told again when a stage is resumed.
 */
final class SimulatedWorker {

  /** What becomes of a step, and when. */
  record Fate(StepOutcome outcome, Duration length) {}

  private final Timeline timeline;
  private final ManualClock clock;
  private final BiFunction<AttemptId, StepAssignment, Fate> fates;
  private final Map<AttemptId, Run> runs = new LinkedHashMap<>();
  private Consumer<FromWorker> listener = _ -> {};
  private int running;
  private int runningMax;

  SimulatedWorker(
      Timeline timeline, ManualClock clock, BiFunction<AttemptId, StepAssignment, Fate> fates) {
    this.timeline = timeline;
    this.clock = clock;
    this.fates = fates;
  }

  /** Who is told from now on; of stages that run, once they are resumed. */
  void listener(Consumer<FromWorker> value) {
    listener = value;
    runs.values().forEach(run -> run.isMute = true);
  }

  /** Most stages that ran at one time. */
  int runningMax() {
    return runningMax;
  }

  void hear(ToWorker message) {
    switch (message) {
      case ToWorker.PrepareBuild _ -> {}
      case ToWorker.RunStage run -> begin(run.assignment(), clock.instant());
      case ToWorker.ResumeStage resume -> resume(resume);
      case ToWorker.CancelStage cancel -> {
        Run run = runs.get(cancel.attempt());
        if (run != null) {
          timeline.after(Duration.ofMillis(5), () -> run.cancel(cancel.mode(), cancel.reason()));
        }
      }
      case ToWorker.ReleaseBuild release -> {
        runs.values().forEach(run -> run.cancel(CancelMode.KILL, "release"));
        timeline.after(
            Duration.ofMillis(3),
            () -> listener.accept(new FromWorker.BuildReleased(release.build())));
      }
    }
  }

  private Run begin(Assignment assignment, Instant startedAt) {
    var run = new Run(assignment, startedAt);
    if (runs.putIfAbsent(assignment.attempt(), run) != null) {
      throw new IllegalStateException(assignment.attempt() + " was begun twice");
    }
    runningMax = Math.max(runningMax, ++running);
    run.next();
    return run;
  }

  private void resume(ToWorker.ResumeStage resume) {
    Run run = runs.get(resume.assignment().attempt());
    ToWorker.Stop stop = resume.stop();
    if (run == null) {
      if (!resume.progress().isEmpty()) {
        throw new IllegalStateException("progress of a stage that was never begun");
      }
      run = begin(resume.assignment(), resume.startedAt());
    } else {
      run.tellAgain(resume.progress());
    }
    if (stop != null) {
      run.cancel(stop.mode(), stop.reason());
    }
  }

  private final class Run {
    private final Assignment assignment;
    private final List<StepAssignment> steps;
    private final Instant startedAt;
    private final List<FromWorker> told = new ArrayList<>();
    private int current = -1;
    private int generation;
    private boolean isOver;
    private boolean isMute;
    private boolean isKilled;
    private @Nullable String cancelledBy;
    private StageResult result;
    private @Nullable String because;
    private @Nullable AgentErrorCode code;

    Run(Assignment assignment, Instant startedAt) {
      this.assignment = assignment;
      this.steps = assignment.allSteps();
      this.startedAt = startedAt;
      this.result = assignment.prior();
    }

    private void tell(FromWorker message) {
      told.add(message);
      if (!isMute) {
        listener.accept(message);
      }
    }

    void next() {
      current++;
      while (current < steps.size() && !isDue(steps.get(current))) {
        StepOutcome outcome =
            isOwn(current) && cancelledBy != null
                ? new StepOutcome.Cancelled(cancelledBy, null)
                : new StepOutcome.Skipped("not due");
        tell(finished(current, outcome, Duration.ZERO));
        current++;
      }
      if (current == steps.size()) {
        finish();
        return;
      }
      Fate fate = fates.apply(assignment.attempt(), steps.get(current));
      int mine = ++generation;
      if (fate.outcome() instanceof StepOutcome.Errored) {
        end(fate.outcome(), Duration.ZERO);
        return;
      }
      tell(
          new FromWorker.StepStarted(
              assignment.attempt(), current, clock.instant(), Duration.ofMillis(2)));
      timeline.after(
          fate.length(),
          () -> {
            if (mine == generation && !isOver) {
              end(fate.outcome(), fate.length());
            }
          });
    }

    private boolean isOwn(int index) {
      return index < assignment.steps().size();
    }

    private boolean isDue(StepAssignment step) {
      if (isKilled) {
        return false;
      }
      if (isOwn(step.index())) {
        return result == assignment.prior() && cancelledBy == null;
      }
      PostCondition condition = conditionOf(step);
      return switch (condition) {
        case ALWAYS, CLEANUP -> true;
        case ABORTED -> result == StageResult.ABORTED;
        case SUCCESS -> result == StageResult.SUCCEEDED;
        case FAILURE -> result == StageResult.FAILED || result == StageResult.ERRORED;
      };
    }

    private PostCondition conditionOf(StepAssignment step) {
      return assignment.post().entrySet().stream()
          .filter(block -> block.getValue().contains(step))
          .findFirst()
          .orElseThrow()
          .getKey();
    }

    private void end(StepOutcome outcome, Duration length) {
      switch (outcome) {
        case StepOutcome.Succeeded _, StepOutcome.Skipped _ -> {}
        case StepOutcome.Failed failed -> worse(StageResult.FAILED, "exit " + failed.exitCode());
        case StepOutcome.Killed killed -> worse(StageResult.FAILED, "killed " + killed.reason());
        case StepOutcome.Cancelled cancelled -> worse(StageResult.ABORTED, cancelled.by());
        case StepOutcome.Errored errored -> {
          worse(StageResult.ERRORED, errored.message());
          code = errored.code();
        }
      }
      tell(finished(current, outcome, length));
      next();
    }

    private void worse(StageResult to, String why) {
      if (result.compareTo(to) < 0) {
        result = to;
        because = because == null ? why : because;
      }
    }

    void cancel(CancelMode mode, String reason) {
      if (isOver || (cancelledBy != null && mode == CancelMode.GRACEFUL)) {
        return;
      }
      isKilled |= mode == CancelMode.KILL;
      boolean isInPost = !isOwn(current);
      cancelledBy = cancelledBy == null ? reason : cancelledBy;
      if (!isInPost || isKilled) {
        generation++;
        end(new StepOutcome.Cancelled(reason, 143), Duration.ofMillis(1));
      }
    }

    private void finish() {
      isOver = true;
      running--;
      if (cancelledBy != null && result == StageResult.SUCCEEDED) {
        worse(StageResult.ABORTED, cancelledBy);
      }
      if (assignment.prior() != StageResult.SUCCEEDED && because == null) {
        result = StageResult.SUCCEEDED;
      }
      if (result != StageResult.ERRORED) {
        code = null;
      }
      Snapshot base = assignment.base();
      List<String> workspace = new ArrayList<>(base.workspaceLayers());
      workspace.add(assignment.attempt().stage());
      tell(
          new FromWorker.StageFinished(
              assignment.attempt(),
              result,
              result == StageResult.SUCCEEDED ? null : because,
              code,
              new Snapshot(base.image(), base.rootLayers(), workspace),
              Duration.between(startedAt, clock.instant())));
    }

    void tellAgain(List<StepProgress> known) {
      isMute = false;
      Set<Integer> begun = new HashSet<>();
      Set<Integer> over = new HashSet<>();
      for (StepProgress step : known) {
        if (step.started()) {
          begun.add(step.step());
        }
        if (step.outcome() != null) {
          over.add(step.step());
        }
      }
      for (FromWorker message : List.copyOf(told)) {
        switch (message) {
          case FromWorker.StepStarted e -> {
            if (!begun.contains(e.step()) && !over.contains(e.step())) {
              listener.accept(e);
            }
          }
          case FromWorker.StepFinished e -> {
            if (!over.contains(e.step())) {
              listener.accept(e);
            }
          }
          default -> listener.accept(message);
        }
      }
    }

    private FromWorker.StepFinished finished(int step, StepOutcome outcome, Duration length) {
      return new FromWorker.StepFinished(
          assignment.attempt(),
          step,
          outcome,
          new StepTimings(clock.instant(), Duration.ofMillis(2), length),
          Usage.unknown(),
          List.of());
    }
  }

  /** Everything goes well and takes that long. */
  static Fate succeeds(Duration length) {
    return new Fate(new StepOutcome.Succeeded(), length);
  }

  /** Ends in one of the ways that a step can end by itself. */
  static StepOutcome ending(int choice) {
    return switch (choice) {
      case 0 -> new StepOutcome.Failed(3, null);
      case 1 -> new StepOutcome.Killed(KillReason.OOM, 137);
      case 2 -> new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, "no sandbox");
      default -> new StepOutcome.Succeeded();
    };
  }
}
