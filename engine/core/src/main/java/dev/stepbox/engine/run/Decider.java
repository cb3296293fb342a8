package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.StageDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what comes next. A pure function of the build's state: a stage begins when its own needs
 * are met and a place is free, never when a "level" of the graph is done; among several that could,
 * the first of the plan.
 */
final class Decider {

  private final BuildProgress progress;
  private final List<Move> moves = new ArrayList<>();
  private int places;

  private Decider(BuildProgress progress, Set<String> preparing, int parallel) {
    this.progress = progress;
    this.places = parallel - preparing.size() - progress.running().size();
  }

  /**
   * What to do now; empty when there is nothing but to wait. To be asked again after a skip, which
   * may free other stages.
   *
   * @param preparing stages that were begun but not yet handed to a worker
   * @param parallel how many stages may run at one time
   */
  static List<Move> decide(BuildProgress progress, Set<String> preparing, int parallel) {
    var decider = new Decider(progress, preparing, parallel);
    decider.stopRunning();
    List<StageProgress> waiting = progress.waiting();
    for (StageProgress stage : waiting) {
      if (!preparing.contains(stage.stage().name())) {
        switch (stage.stage().kind()) {
          case STAGE -> decider.decideWaiting(stage);
          case GROUP_POST -> {
            if (stage.needsLeft() == 0) {
              decider.decideWaiting(stage);
            }
          }
          case PIPELINE_POST -> {
            if (waiting.size() == 1 && progress.running().isEmpty()) {
              decider.decideWaiting(stage);
            }
          }
        }
      }
    }
    if (progress.waiting().isEmpty() && progress.running().isEmpty()) {
      decider.moves.add(Outcomes.of(progress));
    }
    return decider.moves;
  }

  private void stopRunning() {
    for (StageProgress running : progress.running()) {
      Move.Stop stop = whyStop(progress, running);
      if (stop != null) {
        moves.add(stop);
      }
    }
  }

  /** Why a stage that runs is to end early; null when it is not. */
  static Move.@Nullable Stop whyStop(BuildProgress progress, StageProgress running) {
    String name = running.stage().name();
    if (progress.state() == BuildState.KILLING) {
      return new Move.Stop(name, CancelMode.KILL, by(progress.cancelling()));
    }
    if (running.stage().isPost()) {
      // What is to run after a stop or a failure is not stopped by it.
      return null;
    }
    if (progress.state() == BuildState.CANCELLING) {
      return new Move.Stop(name, CancelMode.GRACEFUL, by(progress.cancelling()));
    }
    String failed = progress.failedInGroup(running.stage().group());
    return failed == null
        ? null
        : new Move.Stop(name, CancelMode.GRACEFUL, "the failure of '%s'".formatted(failed));
  }

  private void decideWaiting(StageProgress stage) {
    Move.Skip skip = whySkip(progress, stage);
    if (skip != null) {
      moves.add(skip);
    } else if (stage.needsLeft() == 0 && places > 0) {
      places--;
      moves.add(new Move.Start(stage.stage().name()));
    }
  }

  /** Why a stage that has not begun will not; null when it may still. */
  static Move.@Nullable Skip whySkip(BuildProgress progress, StageProgress stage) {
    String name = stage.stage().name();
    StageDecision decision = stage.stage().decision();
    if (decision instanceof StageDecision.Skip skip && skip.reason() == SkipReason.NOT_SELECTED) {
      return new Move.Skip(name, skip.reason(), null, null, skip.because());
    }
    if (progress.unfit() != null) {
      return new Move.Skip(name, SkipReason.NEED, null, null, "no step can run here");
    }
    BuildCancelling cancelling = progress.cancelling();
    if (cancelling != null
        && (!mayFollowAStop(progress, stage) || progress.state() == BuildState.KILLING)) {
      return new Move.Skip(name, SkipReason.CANCELLED, null, null, "stopped by " + cancelling.by());
    }
    if (stage.stage().kind() == PlannedStage.Kind.PIPELINE_POST) {
      return null;
    }
    String need = stage.stage().isPost() ? Branches.lackedBy(progress, stage) : stage.failedNeed();
    if (need != null) {
      return new Move.Skip(name, SkipReason.NEED, null, null, unsuccessful(need));
    }
    if (stage.stage().isPost() && stage.stage().runs()) {
      return null;
    }
    String failed = progress.failedInGroup(stage.stage().group());
    if (failed != null) {
      return new Move.Skip(name, SkipReason.FAIL_FAST, null, null, unsuccessful(failed));
    }
    if (decision instanceof StageDecision.Skip skip && stage.needsLeft() == 0) {
      return new Move.Skip(name, skip.reason(), skip.predicate(), skip.seen(), skip.because());
    }
    return null;
  }

  /** Post blocks do, but not that of a group in which nothing was begun. */
  private static boolean mayFollowAStop(BuildProgress progress, StageProgress stage) {
    return switch (stage.stage().kind()) {
      case STAGE -> false;
      case GROUP_POST -> Branches.haveBegun(progress, stage);
      case PIPELINE_POST -> true;
    };
  }

  private static String unsuccessful(String stage) {
    return "'%s' did not succeed".formatted(stage);
  }

  private static String by(@Nullable BuildCancelling cancelling) {
    return Objects.requireNonNull(cancelling, "a build that stops knows why").by();
  }
}
