package dev.stepbox.engine.run;

import dev.stepbox.engine.layer.BuildLayers.Origin;
import dev.stepbox.engine.plan.BuildPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which stages' work a stage starts from. */
final class Origins {

  private Origins() {}

  /**
   * What the needs of a stage left behind, in the order of the file. Where a need was skipped, what
   * its own needs left behind takes its place. The pipeline's post block starts from the last stage
   * of the file that left anything, whatever its result.
   */
  static List<Origin> of(BuildProgress progress, StageProgress stage) {
    if (stage.stage().name().equals(BuildPlan.POST_STAGE)) {
      return lastOne(progress);
    }
    List<Origin> origins = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    pushAll(open, stage);
    while (!open.isEmpty()) {
      String name = open.pop();
      if (seen.add(name)) {
        StageProgress need = progress.stage(name);
        if (need.snapshot() != null) {
          origins.add(new Origin(name, need.snapshot()));
        } else {
          pushAll(open, need);
        }
      }
    }
    return origins;
  }

  private static void pushAll(Deque<String> open, StageProgress stage) {
    stage.stage().needs().reversed().forEach(open::push);
  }

  private static List<Origin> lastOne(BuildProgress progress) {
    List<Origin> last = List.of();
    for (StageProgress stage : progress.stages()) {
      if (stage.snapshot() != null) {
        last = List.of(new Origin(stage.stage().name(), stage.snapshot()));
      }
    }
    return last;
  }
}
