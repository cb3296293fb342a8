package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.Stamp;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns what a worker tells of stages and steps into events. */
final class WorkerWords {

  /** Most announcements and stored files that are recorded of one build, each. */
  static final int NOTES_MAX = 200_000;

  /** Longest text of an event that a worker tells of, in characters. */
  static final int TEXT_MAX = 64 * 1024;

  private final Map<String, PlannedStage> byId = new HashMap<>();
  private final BuildProgress progress;
  private final Consumer<Function<Stamp, BuildEvent>> record;
  private final Consumer<String> stageIsOver;
  private final Map<String, EngineException> missing = new HashMap<>();
  private final Map<String, String> conflicts = new HashMap<>();
  private int announcements;
  private int artifacts;

  WorkerWords(
      BuildPlan plan,
      BuildProgress progress,
      Consumer<Function<Stamp, BuildEvent>> record,
      Consumer<String> stageIsOver) {
    plan.byName().sequencedValues().forEach(stage -> byId.put(stage.id(), stage));
    this.progress = progress;
    this.record = record;
    this.stageIsOver = stageIsOver;
  }

  /** What a stage lacks counts for its end, which the worker knows less of. */
  void prepared(Input.Prepared ready) {
    PreparedStage prepared = ready.prepared();
    if (!prepared.missing().isEmpty()) {
      missing.put(ready.stage(), prepared.missing().sequencedValues().getFirst());
    }
    if (prepared.conflict() != null) {
      conflicts.put(ready.stage(), prepared.conflict());
    }
  }

  /** No text of a worker makes an event longer than a journal takes. */
  private static @Nullable String bounded(@Nullable String text) {
    if (text == null || text.length() <= TEXT_MAX) {
      return text;
    }
    // A character of two halves stays whole.
    int end = Character.isHighSurrogate(text.charAt(TEXT_MAX - 1)) ? TEXT_MAX - 1 : TEXT_MAX;
    return text.substring(0, end) + "… (%d characters)".formatted(text.length());
  }

  private static String boundedText(String text) {
    return String.valueOf(bounded(text));
  }

  private static StepOutcome bounded(StepOutcome outcome) {
    return switch (outcome) {
      case StepOutcome.Succeeded _, StepOutcome.Killed _ -> outcome;
      case StepOutcome.Failed e -> new StepOutcome.Failed(e.exitCode(), bounded(e.message()));
      case StepOutcome.Cancelled e -> new StepOutcome.Cancelled(boundedText(e.by()), e.exitCode());
      case StepOutcome.Skipped e -> new StepOutcome.Skipped(boundedText(e.because()));
      case StepOutcome.Errored e -> new StepOutcome.Errored(e.code(), boundedText(e.message()));
    };
  }

  /** Take a word in; words about a stage that is over are late and mean nothing. */
  void hear(Input.Told told) {
    switch (told.message()) {
      case FromWorker.StepStarted e -> inRunning(e.attempt(), stage -> started(stage, e));
      case FromWorker.StepFinished e ->
          inRunning(e.attempt(), stage -> finished(stage, e, told.outputBytes()));
      case FromWorker.StageFinished e -> inRunning(e.attempt(), stage -> finished(stage, e));
      case FromWorker.ArtifactStored e -> inRunning(e.attempt(), stage -> stored(stage, e));
      case FromWorker.StashStored e -> inRunning(e.attempt(), stage -> stored(stage, e));
      case FromWorker.Announcement e -> announced(e);
      // Output and samples have their own way; the rest says nothing that is to be recorded.
      case FromWorker.StageAccepted _,
          FromWorker.StepOutput _,
          FromWorker.StepSampled _,
          FromWorker.WorkerReady _,
          FromWorker.BuildReleased _,
          FromWorker.WorkerFault _ -> {}
    }
  }

  private void inRunning(AttemptId attempt, Consumer<PlannedStage> work) {
    PlannedStage stage = stage(attempt);
    StageProgress known = progress.stage(stage.name());
    if (known.state() == StageState.RUNNING && known.attempt() == attempt.number()) {
      work.accept(stage);
    }
  }

  private void started(PlannedStage stage, FromWorker.StepStarted told) {
    PlannedStep step = step(stage, told.step());
    record.accept(stamp ->
        new BuildEvent.StepStarted(
            stamp,
            step.key(),
            step.kind(),
            step.label(),
            Assignments.position(step),
            Assignments.imageName(step),
            Assignments.capsOf(step),
            told.startLatency()));
  }

  private void finished(PlannedStage stage, FromWorker.StepFinished told, long outputBytes) {
    PlannedStep step = step(stage, told.step());
    boolean hasBegun = progress.stage(stage.name()).step(step.index()) == StepState.RUNNING;
    Duration latency = hasBegun ? told.timings().startLatency() : null;
    record.accept(stamp ->
        new BuildEvent.StepFinished(
            stamp,
            step.key(),
            bounded(told.outcome()),
            told.timings().elapsed(),
            latency,
            told.usage(),
            outputBytes));
  }

  private void finished(PlannedStage stage, FromWorker.StageFinished told) {
    closeSteps(stage.name(), "the worker did not tell how this step ended");
    String conflict = told.result() == StageResult.SUCCEEDED ? conflicts.get(stage.name()) : null;
    record.accept(stamp ->
        new BuildEvent.StageFinished(
            stamp,
            stage.name(),
            conflict == null ? told.result() : StageResult.FAILED,
            told.elapsed(),
            told.snapshot(),
            bounded(conflict == null ? told.because() : conflict),
            codeOf(stage, told)));
    stageIsOver.accept(stage.name());
  }

  private @Nullable String codeOf(PlannedStage stage, FromWorker.StageFinished told) {
    EngineException known =
        told.code() == AgentErrorCode.SOURCE_MISSING ? missing.get(stage.name()) : null;
    if (known != null) {
      return known.code().id();
    }
    return told.code() == null ? null : told.code().id();
  }

  /** Record an end for each step of a running stage that has none. */
  void closeSteps(String stage, String because) {
    StageProgress known = progress.stage(stage);
    if (known.state() == StageState.RUNNING) {
      for (PlannedStep step : known.stage().steps()) {
        switch (known.step(step.index())) {
          case WAITING -> close(step, new StepOutcome.Skipped(because));
          case RUNNING -> close(step, new StepOutcome.Errored(AgentErrorCode.INTERNAL, because));
          case SUCCEEDED, FAILED, KILLED, CANCELLED, SKIPPED, ERRORED -> {}
        }
      }
    }
  }

  /** Record of each step that runs that it was ended by this engine. */
  void cancelSteps(String stage, String by) {
    StageProgress known = progress.stage(stage);
    for (PlannedStep step : known.stage().steps()) {
      if (known.step(step.index()) == StepState.RUNNING) {
        close(step, new StepOutcome.Cancelled(by, null));
      }
    }
  }

  private void close(PlannedStep step, StepOutcome outcome) {
    record.accept(stamp ->
        new BuildEvent.StepFinished(
            stamp, step.key(), outcome, Duration.ZERO, null, Usage.unknown(), 0));
  }

  private void stored(PlannedStage stage, FromWorker.ArtifactStored told) {
    PlannedStep step = step(stage, told.step());
    if (!progress.isKept(step.key(), told.path()) && artifacts++ < NOTES_MAX) {
      record.accept(
          stamp -> new BuildEvent.ArtifactStored(stamp, step.key(), told.path(), told.bytes()));
    }
  }

  private void stored(PlannedStage stage, FromWorker.StashStored told) {
    PlannedStep step = step(stage, told.step());
    if (!progress.isKept(step.key(), told.name())) {
      record.accept(stamp ->
          new BuildEvent.StashStored(stamp, step.key(), told.name(), told.files(), told.bytes()));
    }
  }

  private void announced(FromWorker.Announcement told) {
    PlannedStage stage = told.attempt() == null ? null : stage(told.attempt());
    StepKey key = stage == null || told.step() == null ? null : step(stage, told.step()).key();
    if (announcements++ < NOTES_MAX) {
      record.accept(stamp ->
          new BuildEvent.Announcement(
              stamp,
              told.severity(),
              told.code(),
              boundedText(told.text()),
              stage == null ? null : stage.name(),
              key));
    }
  }

  private PlannedStage stage(AttemptId attempt) {
    return known(byId.get(attempt.stage()), "stage " + attempt);
  }

  private static PlannedStep step(PlannedStage stage, int index) {
    return known(
        Assignments.find(stage, index), "step %d of stage '%s'".formatted(index, stage.name()));
  }

  private static <T> T known(@Nullable T found, String what) {
    if (found == null) {
      throw new EngineException(
          ErrorCode.INTERNAL,
          "cannot follow the worker: it speaks of %s, which the plan does not have. Please report"
                  .formatted(what)
              + " this.");
    }
    return found;
  }
}
