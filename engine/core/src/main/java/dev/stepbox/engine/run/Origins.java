package dev.stepbox.engine.run;

import dev.stepbox.engine.layer.BuildLayers.Origin;
import dev.stepbox.engine.plan.PlannedStage;
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
   * its own needs left behind takes its place. The post block of a parallel stage has put together
   * what the branches left behind, and stands for them. The pipeline's post block starts from the
   * last stage of the file that left anything, whatever its result.
   */
  static List<Origin> of(BuildProgress progress, StageProgress stage) {
    return switch (stage.stage().kind()) {
      case STAGE, GROUP_POST -> from(progress, List.of(stage));
      case PIPELINE_POST -> lastOne(progress);
    };
  }

  /** What the branches started from that a post block of a parallel stage follows. */
  static List<Origin> beforeBranches(BuildProgress progress, StageProgress post) {
    return from(progress, post.stage().needs().stream().map(progress::stage).toList());
  }

  private static List<Origin> from(BuildProgress progress, List<StageProgress> stages) {
    List<Origin> origins = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    for (StageProgress stage : stages.reversed()) {
      pushAll(open, stage, progress, seen);
    }
    while (!open.isEmpty()) {
      String name = open.pop();
      if (seen.add(name)) {
        StageProgress need = progress.stage(name);
        if (need.snapshot() != null) {
          origins.add(new Origin(name, need.snapshot()));
        } else {
          pushAll(open, need, progress, seen);
        }
      }
    }
    return origins;
  }

  private static void pushAll(
      Deque<String> open, StageProgress stage, BuildProgress progress, Set<String> seen) {
    for (String name : stage.stage().needs().reversed()) {
      StageProgress need = progress.stage(name);
      if (need.stage().kind() == PlannedStage.Kind.GROUP_POST && need.snapshot() != null) {
        seen.addAll(need.stage().needs());
      }
      open.push(name);
    }
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
