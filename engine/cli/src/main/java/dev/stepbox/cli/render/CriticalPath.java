package dev.stepbox.cli.render;

import dev.stepbox.engine.event.BuildEvent.StageFinished;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chain of stages that decided how long a build took: from the stage that ended last back to
 * the need that it waited for longest, and so on. Making any other stage faster changes nothing.
 */
final class CriticalPath {

  private CriticalPath() {}

  /** Names of the stages, first to last; empty if none ran. */
  static List<String> of(BuildView build) {
    StageView at = null;
    for (StageView stage : build.stages()) {
      at = later(at, stage);
    }
    List<String> path = new ArrayList<>();
    while (at != null) {
      path.addFirst(at.name());
      at = latestNeed(build, at);
    }
    return path;
  }

  /** When the needs of a stage were over: the earliest moment at which it could have begun. */
  static Instant ready(BuildView build, StageView stage, Instant buildStart) {
    StageView need = latestNeed(build, stage);
    Instant end = need == null ? null : end(need);
    return end == null || end.isBefore(buildStart) ? buildStart : end;
  }

  /** A skipped need ends when its own needs do, so the chain goes on through it. */
  private static @Nullable StageView latestNeed(BuildView build, StageView stage) {
    StageView latest = null;
    for (String name : stage.plan().needs()) {
      StageView need = build.stage(name);
      latest = later(latest, need.finished() == null ? latestNeed(build, need) : need);
    }
    return latest;
  }

  private static @Nullable StageView later(@Nullable StageView a, @Nullable StageView b) {
    Instant endOfA = a == null ? null : end(a);
    Instant endOfB = b == null ? null : end(b);
    if (endOfB == null) {
      return endOfA == null ? null : a;
    }
    return endOfA == null || endOfB.isAfter(endOfA) ? b : a;
  }

  private static @Nullable Instant end(StageView stage) {
    StageFinished finished = stage.finished();
    return finished == null ? null : finished.stamp().time();
  }
}
