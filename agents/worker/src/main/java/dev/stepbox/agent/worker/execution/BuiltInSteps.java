package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.agent.worker.workspace.FileGlobs;
import dev.stepbox.agent.worker.workspace.KeptFiles;
import dev.stepbox.agent.worker.workspace.KeptFiles.Kept;
import dev.stepbox.agent.worker.workspace.KeptFiles.Links;
import dev.stepbox.agent.worker.workspace.SpaceNames;
import dev.stepbox.agent.worker.workspace.Stashes;
import dev.stepbox.agent.worker.workspace.WorkspaceView;
import dev.stepbox.agent.worker.workspace.WorkspaceView.Found;
import dev.stepbox.agent.worker.workspace.WorkspaceView.Search;
import dev.stepbox.layercache.LayerId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The actions that run no process. Each can be done again after a worker died in the middle of it,
 * and leaves a record once it is over.
 */
final class BuiltInSteps {
  /** Announcements of files that are left out, a step. */
  private static final int LEFT_OUT_TOLD_MAX = 20;

  private final StageContext stage;

  BuiltInSteps(StageContext stage) {
    this.stage = stage;
  }

  /**
   * Does what a step says.
   *
   * @param isStartTold whether the engine knows that it has begun
   */
  StepEnd run(StepAssignment step, boolean isStartTold) throws InterruptedException {
    Instant started = stage.clock().instant();
    long startedNanos = System.nanoTime();
    if (!isStartTold) {
      tellStart(step, started);
    }
    List<FromWorker> kept = new ArrayList<>();
    StepOutcome outcome = actSafely(step, kept);
    Duration elapsed = Duration.ofNanos(System.nanoTime() - startedNanos);
    var timings = new StepTimings(started, Duration.ZERO, elapsed);
    record(step).save(kept, finished(step, outcome, timings));
    for (FromWorker each : kept) {
      stage.outbox().send(each);
    }
    return new StepEnd(outcome, timings, Usage.unknown(), List.of());
  }

  /**
   * Tells the end of an action that an earlier worker brought to its end.
   *
   * @param isStartTold whether the engine knows that it has begun
   * @return null when none did
   */
  @Nullable StepEnd recorded(StepAssignment step, boolean isStartTold) throws InterruptedException {
    List<FromWorker> told = record(step).load();
    if (told.isEmpty() || !(told.getLast() instanceof FromWorker.StepFinished end)) {
      return null;
    }
    if (!isStartTold) {
      tellStart(step, end.timings().startedAt());
    }
    for (FromWorker each : told.subList(0, told.size() - 1)) {
      stage.outbox().send(each);
    }
    return new StepEnd(end.outcome(), end.timings(), end.usage(), end.tail());
  }

  private ActionRecord record(StepAssignment step) {
    return new ActionRecord(
        stage
            .build()
            .directory()
            .run()
            .resolve(SpaceNames.step(stage.assignment().attempt(), step.index()) + ".action"));
  }

  private FromWorker.StepFinished finished(
      StepAssignment step, StepOutcome outcome, StepTimings timings) {
    return new FromWorker.StepFinished(
        stage.assignment().attempt(), step.index(), outcome, timings, Usage.unknown(), List.of());
  }

  private void tellStart(StepAssignment step, Instant at) throws InterruptedException {
    stage
        .outbox()
        .send(
            new FromWorker.StepStarted(
                stage.assignment().attempt(), step.index(), at, Duration.ZERO));
  }

  private StepOutcome actSafely(StepAssignment step, List<FromWorker> kept)
      throws InterruptedException {
    try {
      return act(step, kept);
    } catch (AgentException e) {
      if (e.code() == AgentErrorCode.TRANSPORT_CLOSED) {
        throw e;
      }
      return Faults.of(e, stage.masking());
    } catch (RuntimeException e) {
      if (Faults.isLoss(e)) {
        stage.sandbox().lost();
      }
      return Faults.of(e, stage.masking());
    }
  }

  private StepOutcome act(StepAssignment step, List<FromWorker> kept) throws InterruptedException {
    return switch (step.action()) {
      case Action.Checkout checkout -> lay(step, LayerId.parse(checkout.source().layer()));
      case Action.SourceMissing missing ->
          new StepOutcome.Errored(
              AgentErrorCode.SOURCE_MISSING, stage.masking().mask(missing.because()));
      case Action.Archive archive -> archive(step, archive, kept);
      case Action.Stash stash -> stash(step, stash, kept);
      case Action.Unstash unstash -> unstash(step, unstash.name());
      case Action.Shell _ -> throw new IllegalStateException("a script is no built-in action");
    };
  }

  private StepOutcome lay(StepAssignment step, LayerId layer) throws InterruptedException {
    if (!stage.space().hasPushed(step.index())) {
      stage.space().push(step.index(), layer, stage.sandbox().current());
    }
    return new StepOutcome.Succeeded();
  }

  private StepOutcome unstash(StepAssignment step, String name) throws InterruptedException {
    if (stage.space().hasPushed(step.index())) {
      return new StepOutcome.Succeeded();
    }
    var stashes = new Stashes(stage.build());
    if (!stashes.has(name)) {
      return failed(
          "the build has no stash '%s', only %s. Stash it in a stage that this one needs."
              .formatted(name, stashes.names()));
    }
    Optional<LayerId> layer = stashes.layer(name, stage.kept(), this::isToStop);
    if (layer.isEmpty()) {
      return isToStop() ? stopped() : failed(stage.kept().excess());
    }
    return lay(step, layer.get());
  }

  private StepOutcome archive(StepAssignment step, Action.Archive archive, List<FromWorker> kept)
      throws InterruptedException {
    WorkspaceView view = stage.space().view(stage.sandbox().use().trees());
    Search search = view.find(FileGlobs.of(archive.includes(), archive.excludes()), this::isToStop);
    StepOutcome refusal = refusal(step, search, archive.includes(), archive.whenEmpty());
    if (refusal != null) {
      return refusal;
    }
    Totals totals =
        keep(
            step,
            view,
            search.files(),
            keeper(stage.build().directory().artifacts(), Links.LEFT_OUT));
    for (Kept.Stored stored : totals.stored()) {
      kept.add(
          new FromWorker.ArtifactStored(
              stage.assignment().attempt(), step.index(), stored.path(), stored.bytes()));
    }
    return totals.outcome();
  }

  private StepOutcome stash(StepAssignment step, Action.Stash stash, List<FromWorker> kept)
      throws InterruptedException {
    WorkspaceView view = stage.space().view(stage.sandbox().use().trees());
    Search search = view.find(FileGlobs.of(stash.includes(), stash.excludes()), this::isToStop);
    StepOutcome refusal = refusal(step, search, stash.includes(), stash.whenEmpty());
    if (refusal != null && !(refusal instanceof StepOutcome.Succeeded)) {
      return refusal;
    }
    var stashes = new Stashes(stage.build());
    Totals totals =
        keep(step, view, search.files(), keeper(stashes.begin(stash.name()), Links.KEPT));
    if (totals.outcome() instanceof StepOutcome.Succeeded) {
      stashes.complete(stash.name());
      kept.add(
          new FromWorker.StashStored(
              stage.assignment().attempt(),
              step.index(),
              stash.name(),
              totals.stored().size(),
              totals.stored().stream().mapToLong(Kept.Stored::bytes).sum()));
    }
    return totals.outcome();
  }

  private KeptFiles keeper(Path directory, Links links) {
    return new KeptFiles(
        directory, stage.build().directory().run(), links, stage.kept(), this::isToStop);
  }

  /** Asked again and again while files are copied, which may take as long as any script. */
  private boolean isToStop() {
    stage.deadline().check(stage.cancellation());
    return stage.cancellation().stopsNow();
  }

  /** Why nothing is to be kept, or that nothing need be; null when there is something to do. */
  private @Nullable StepOutcome refusal(
      StepAssignment step, Search search, List<String> globs, Action.WhenEmpty whenEmpty)
      throws InterruptedException {
    if (isToStop()) {
      return stopped();
    }
    String excess = search.excess().isEmpty() ? KeptFiles.excess(search.files()) : search.excess();
    if (!excess.isEmpty()) {
      return failed(excess);
    }
    if (!search.files().isEmpty()) {
      return null;
    }
    String message = "no file of the workspace matches '%s'".formatted(String.join("', '", globs));
    return switch (whenEmpty) {
      case FAIL -> failed(message);
      case ALLOW -> {
        stage.announce(step, Severity.INFO, "no-files", message);
        yield new StepOutcome.Succeeded();
      }
    };
  }

  private record Totals(List<Kept.Stored> stored, StepOutcome outcome) {}

  private Totals keep(StepAssignment step, WorkspaceView view, List<Found> files, KeptFiles keeper)
      throws InterruptedException {
    List<Kept.Stored> stored = new ArrayList<>(files.size());
    int leftOut = 0;
    for (Found file : files) {
      if (keeper.isStopped()) {
        return new Totals(stored, stopped());
      }
      switch (keeper.keep(view, file)) {
        case Kept.Stored each -> stored.add(each);
        case Kept.LeftOut each -> {
          if (leftOut++ < LEFT_OUT_TOLD_MAX) {
            stage.announce(step, Severity.WARNING, "file-left-out", each.because());
          }
        }
        case Kept.Stopped _ -> {
          return new Totals(stored, stopped());
        }
        case Kept.Full each -> {
          return new Totals(stored, failed(each.because()));
        }
      }
    }
    if (leftOut > LEFT_OUT_TOLD_MAX) {
      stage.announce(
          step, Severity.WARNING, "file-left-out", "%d files are left out".formatted(leftOut));
    }
    return new Totals(stored, new StepOutcome.Succeeded());
  }

  private StepOutcome stopped() {
    return new StepOutcome.Cancelled(stage.cancellation().reason(), null);
  }

  private static StepOutcome failed(String message) {
    return new StepOutcome.Failed(null, message);
  }
}
