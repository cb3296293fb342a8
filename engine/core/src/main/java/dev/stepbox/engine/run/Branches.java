package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.StageResult;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the branches of a parallel stage came to together, for the post block that follows them. */
final class Branches {

  private Branches() {}

  /** Whether any of them was tried. */
  static boolean haveBegun(BuildProgress progress, StageProgress post) {
    return of(progress, post).stream()
        .anyMatch(branch -> branch.state().isOver() && branch.state() != StageState.SKIPPED);
  }

  /** What kept all of them from being begun, a need that did not succeed; null for nothing. */
  static @Nullable String lackedBy(BuildProgress progress, StageProgress post) {
    if (haveBegun(progress, post)) {
      return null;
    }
    return of(progress, post).stream()
        .map(StageProgress::failedNeed)
        .filter(need -> need != null)
        .findFirst()
        .orElse(null);
  }

  /** As of a build: errors count before failures, these before what was stopped. */
  static StageResult result(BuildProgress progress, StageProgress post) {
    Set<StageState> states = EnumSet.noneOf(StageState.class);
    of(progress, post).forEach(branch -> states.add(branch.state()));
    if (progress.cancelling() != null) {
      return StageResult.ABORTED;
    }
    if (states.contains(StageState.ERRORED)) {
      return StageResult.ERRORED;
    }
    if (states.contains(StageState.FAILED)) {
      return StageResult.FAILED;
    }
    return states.contains(StageState.ABORTED) ? StageResult.ABORTED : StageResult.SUCCEEDED;
  }

  private static List<StageProgress> of(BuildProgress progress, StageProgress post) {
    return post.stage().needs().stream().map(progress::stage).toList();
  }
}
