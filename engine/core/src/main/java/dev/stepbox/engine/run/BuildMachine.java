package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.Stamp;
import dev.stepbox.engine.plan.BuildPlan;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A build without its surroundings: hears inputs, answers with effects, does nothing itself. So a
 * simulation can drive it through any history, and a replayed journal leads to the same state. Not
 * for use by several threads.
 */
final class BuildMachine {

  /** How long a worker may take to end what it was told to kill, and to release a build. */
  static final Duration LAST_WORD_MAX = Duration.ofSeconds(60);

  private final BuildId build;
  private final BuildPlan plan;
  private final BuildProgress progress;
  private final Assignments assignments;
  private final InstantSource clock;
  private final int parallel;
  private final String version;

  private final WorkerWords words;
  private final Map<String, CancelMode> stops = new HashMap<>();
  private final Set<String> preparing = new HashSet<>();
  private final Set<String> adopting = new HashSet<>();
  private List<Effect> effects = new ArrayList<>();
  private Move.@Nullable Finish ending;
  private boolean isGone;
  private boolean mayHold;
  private @Nullable Instant deadline;

  /**
   * A machine that goes on from what is known.
   *
   * @param progress of a build that has not begun, or of one whose journal was replayed
   * @param parallel how many stages may run at one time
   * @param version of Stepbox
   */
  BuildMachine(
      BuildId build,
      BuildPlan plan,
      BuildProgress progress,
      Assignments assignments,
      InstantSource clock,
      int parallel,
      String version) {
    this.build = build;
    this.plan = plan;
    this.progress = progress;
    this.assignments = assignments;
    this.clock = clock;
    this.parallel = parallel;
    this.version = version;
    this.words = new WorkerWords(plan, progress, this::record, this::stageIsOver);
  }

  /** Begin a build, or carry one on. */
  List<Effect> begin() {
    return answer(() -> {
      if (progress.state() == BuildState.NEW) {
        record(stamp ->
            new BuildEvent.BuildStarted(
                stamp,
                plan.pipeline().definition().file().value(),
                plan.digest(),
                plan.stages().size() + (plan.post() == null ? 0 : 1),
                plan.stepCount(),
                plan.pipeline().parameters(),
                version));
      } else {
        mayHold = true;
        record(stamp -> new BuildEvent.BuildResumed(stamp, version));
        for (StageProgress running : progress.running()) {
          adopting.add(running.stage().name());
          effects.add(new Effect.Prepare(running));
        }
      }
    });
  }

  /** End a build whose engine is gone: its release kills what runs, and nobody listens to that. */
  List<Effect> abandon(String by) {
    return answer(() -> {
      mayHold = true;
      record(stamp -> new BuildEvent.BuildResumed(stamp, version));
      cancel(CancelMode.KILL, by);
      String because = "stopped by " + by;
      for (StageProgress running : progress.running()) {
        words.cancelSteps(running.stage().name(), by);
        finishStage(running.stage().name(), StageResult.ABORTED, because, null);
      }
    });
  }

  /** Take an input in. */
  List<Effect> on(Input input) {
    if (progress.state() == BuildState.FINISHED) {
      return List.of();
    }
    return answer(() -> {
      switch (input) {
        case Input.Told told -> told(told);
        case Input.Prepared ready -> prepared(ready);
        case Input.NotPrepared failed -> notPrepared(failed);
        case Input.SourceTaken taken -> sourceTaken(taken);
        case Input.Noticed notice ->
            announce(notice.severity(), notice.code(), notice.text(), notice.stage());
        case Input.CancelAsked asked -> cancel(asked.mode(), asked.by());
        case Input.Tick _ -> tick();
        case Input.WorkerGone gone -> {
          isGone = true;
          workerLost(gone.why());
        }
      }
    });
  }

  private List<Effect> answer(Runnable work) {
    work.run();
    decide();
    return handOver();
  }

  private List<Effect> handOver() {
    List<Effect> done = effects;
    effects = new ArrayList<>();
    return done;
  }

  /** The build's state; changed by this machine alone. */
  BuildProgress progress() {
    return progress;
  }

  private void told(Input.Told told) {
    switch (told.message()) {
      case FromWorker.WorkerReady ready -> {
        if (ready.protocolVersion() != ProtocolVersion.CURRENT) {
          isGone = true;
          workerLost(
              "it speaks version %d of the protocol, this engine %d"
                  .formatted(ready.protocolVersion(), ProtocolVersion.CURRENT));
        } else if (assignments.needsSandbox() && ending == null) {
          mayHold = true;
          effects.add(
              new Effect.Send(new ToWorker.PrepareBuild(build.toString(), assignments.demands())));
        }
      }
      case FromWorker.BuildReleased _ -> {
        if (ending != null) {
          end();
        }
      }
      case FromWorker.WorkerFault fault ->
          announce(Severity.WARNING, fault.code().id(), fault.message(), null);
      case FromWorker.StageAccepted _,
          FromWorker.StepStarted _,
          FromWorker.StepOutput _,
          FromWorker.StepSampled _,
          FromWorker.StepFinished _,
          FromWorker.ArtifactStored _,
          FromWorker.StashStored _,
          FromWorker.Announcement _,
          FromWorker.StageFinished _ ->
          words.hear(told);
    }
  }

  private void stageIsOver(String stage) {
    stops.remove(stage);
    adopting.remove(stage);
    if (progress.running().isEmpty() && ending == null) {
      deadline = null;
    }
  }

  private void prepared(Input.Prepared ready) {
    StageProgress stage = progress.stage(ready.stage());
    words.prepared(ready);
    boolean isNew = preparing.remove(ready.stage());
    if (isNew && stage.state() == StageState.WAITING) {
      Move.Skip skip = Decider.whySkip(progress, stage);
      if (skip != null) {
        skip(skip);
        return;
      }
      Snapshot base = ready.prepared().base();
      record(stamp -> new BuildEvent.StageStarted(stamp, ready.stage(), 1, base));
      effects.add(
          new Effect.Send(
              new ToWorker.RunStage(
                  assignments.of(
                      stage.stage(), 1, ready.prepared(), prior(stage, ready.prepared())))));
    } else if (adopting.remove(ready.stage()) && stage.state() == StageState.RUNNING) {
      Move.Stop stop = Decider.whyStop(progress, stage);
      if (stop != null) {
        stops.put(ready.stage(), stop.mode());
      }
      effects.add(
          new Effect.Send(
              new ToWorker.ResumeStage(
                  assignments.of(
                      stage.stage(),
                      stage.attempt(),
                      ready.prepared(),
                      prior(stage, ready.prepared())),
                  Objects.requireNonNull(stage.startedAt(), "what runs has begun"),
                  ready.prepared().known(),
                  stop == null ? null : new ToWorker.Stop(stop.mode(), stop.because()))));
    }
  }

  private StageResult prior(StageProgress stage, PreparedStage prepared) {
    return switch (stage.stage().kind()) {
      case STAGE -> StageResult.SUCCEEDED;
      case GROUP_POST -> {
        StageResult result = Branches.result(progress, stage);
        boolean hasOnlyConflict = prepared.conflict() != null && result == StageResult.SUCCEEDED;
        yield hasOnlyConflict ? StageResult.FAILED : result;
      }
      case PIPELINE_POST -> Outcomes.of(progress).outcome();
    };
  }

  private void notPrepared(Input.NotPrepared failed) {
    StageProgress stage = progress.stage(failed.stage());
    preparing.remove(failed.stage());
    adopting.remove(failed.stage());
    Move.Skip skip = stage.state() == StageState.WAITING ? Decider.whySkip(progress, stage) : null;
    if (skip != null) {
      skip(skip);
    } else if (!stage.state().isOver()) {
      finishStage(failed.stage(), failed.result(), failed.because(), failed.code());
    }
  }

  private void finishStage(
      String stage, StageResult result, String because, @Nullable String code) {
    words.closeSteps(stage, because);
    record(stamp ->
        new BuildEvent.StageFinished(stamp, stage, result, Duration.ZERO, null, because, code));
    stageIsOver(stage);
  }

  private void sourceTaken(Input.SourceTaken taken) {
    record(stamp ->
        new BuildEvent.CheckoutDone(
            stamp,
            taken.source(),
            taken.taken().origin().commit(),
            taken.taken().origin().branch(),
            taken.layer(),
            taken.taken().files(),
            taken.taken().bytes(),
            taken.elapsed()));
  }

  private void announce(Severity severity, String code, String text, @Nullable String stage) {
    record(stamp -> new BuildEvent.Announcement(stamp, severity, code, text, stage, null));
  }

  private void cancel(CancelMode mode, String by) {
    BuildState to =
        switch (mode) {
          case GRACEFUL -> BuildState.CANCELLING;
          case KILL -> BuildState.KILLING;
        };
    if (ending == null && progress.state().next().contains(to)) {
      record(stamp -> new BuildEvent.BuildCancelling(stamp, mode, by));
      if (mode == CancelMode.KILL) {
        deadline = clock.instant().plus(LAST_WORD_MAX);
      }
    }
  }

  private void tick() {
    Instant now = clock.instant();
    Duration timeout = plan.pipeline().timeout();
    BuildEvent.BuildStarted started = progress.started();
    if (timeout != null
        && started != null
        && progress.state() == BuildState.RUNNING
        && !now.isBefore(started.stamp().time().plus(timeout))) {
      cancel(CancelMode.GRACEFUL, "the timeout of " + Durations.text(timeout));
    }
    if (deadline != null && now.isAfter(deadline)) {
      deadline = null;
      workerLost("it did not answer within " + Durations.text(LAST_WORD_MAX));
    }
  }

  private void workerLost(String why) {
    String message = "the worker is lost: " + why;
    if (ending != null) {
      announce(Severity.WARNING, ErrorCode.WORKER_LOST.id(), message, null);
      end();
      return;
    }
    if (progress.unfit() == null) {
      for (StageProgress running : progress.running()) {
        finishStage(
            running.stage().name(), StageResult.ERRORED, message, ErrorCode.WORKER_LOST.id());
      }
      if (progress.unfit() == null) {
        loseFirstWaiting(message);
      }
    }
  }

  /** Nothing ran, but what waits can run no more: the first of it tells why. */
  private void loseFirstWaiting(String message) {
    for (StageProgress waiting : progress.waiting()) {
      if (Decider.whySkip(progress, waiting) == null) {
        String name = waiting.stage().name();
        preparing.remove(name);
        finishStage(name, StageResult.ERRORED, message, ErrorCode.WORKER_LOST.id());
        return;
      }
    }
  }

  private void decide() {
    boolean isSettled = false;
    while (!isSettled && progress.state() != BuildState.FINISHED && ending == null) {
      isSettled = true;
      for (Move move : Decider.decide(progress, preparing, parallel)) {
        switch (move) {
          case Move.Start start -> {
            preparing.add(start.stage());
            effects.add(new Effect.Prepare(progress.stage(start.stage())));
          }
          case Move.Skip skip -> {
            skip(skip);
            isSettled = false;
          }
          case Move.Stop stop -> stop(stop);
          case Move.Finish finish -> finish(finish);
        }
      }
    }
  }

  private void skip(Move.Skip skip) {
    record(stamp ->
        new BuildEvent.StageSkipped(
            stamp, skip.stage(), skip.reason(), skip.predicate(), skip.seen(), skip.because()));
  }

  private void stop(Move.Stop stop) {
    CancelMode sent = stops.get(stop.stage());
    boolean isNews =
        sent == null || (sent == CancelMode.GRACEFUL && stop.mode() == CancelMode.KILL);
    if (isNews && !adopting.contains(stop.stage())) {
      stops.put(stop.stage(), stop.mode());
      StageProgress stage = progress.stage(stop.stage());
      AttemptId attempt = assignments.attempt(stage.stage(), stage.attempt());
      effects.add(new Effect.Send(new ToWorker.CancelStage(attempt, stop.mode(), stop.because())));
    }
  }

  /** A worker that only does not answer is told to release all the same: perhaps it does. */
  private void finish(Move.Finish finish) {
    ending = finish;
    boolean hasRun = progress.stages().stream().anyMatch(stage -> stage.attempt() > 0);
    if ((hasRun || mayHold) && !isGone) {
      effects.add(new Effect.Send(new ToWorker.ReleaseBuild(build.toString())));
      deadline = clock.instant().plus(LAST_WORD_MAX);
    } else {
      end();
    }
  }

  private void end() {
    Move.Finish finish = Objects.requireNonNull(ending, "the end is decided first");
    Instant began =
        progress.started() == null ? clock.instant() : progress.started().stamp().time();
    record(stamp ->
        new BuildEvent.BuildFinished(
            stamp,
            finish.outcome(),
            Duration.between(began, stamp.time()),
            finish.because(),
            finish.code()));
    effects.add(new Effect.End());
  }

  private void record(Function<Stamp, BuildEvent> event) {
    Instant now = clock.instant();
    Instant time = now.isBefore(progress.lastTime()) ? progress.lastTime() : now;
    BuildEvent made = event.apply(new Stamp(build, progress.nextSequence(), time));
    progress.apply(made);
    effects.add(new Effect.Append(made));
  }

  /** Whether nothing follows. */
  boolean isOver() {
    return progress.state() == BuildState.FINISHED;
  }

  /**
   * Give a build up that cannot go on: its end is told as an error. Releasing it is left to the
   * caller.
   *
   * @return what is left to do, what an input led to before it failed included
   */
  List<Effect> breakOff(EngineException cause) {
    for (StageProgress running : progress.running()) {
      finishStage(
          running.stage().name(), StageResult.ERRORED, cause.getMessage(), cause.code().id());
    }
    for (StageProgress waiting : progress.waiting()) {
      finishStage(
          waiting.stage().name(), StageResult.ERRORED, cause.getMessage(), cause.code().id());
    }
    if (!isOver()) {
      ending = new Move.Finish(StageResult.ERRORED, cause.getMessage(), cause.code().id());
      end();
    }
    return handOver();
  }
}
