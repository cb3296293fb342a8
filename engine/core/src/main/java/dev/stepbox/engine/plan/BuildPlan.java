package dev.stepbox.engine.plan;

import dev.stepbox.pipeline.expand.ConcretePipeline;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a build will do, decided before its first step: an acyclic graph of stages. Equal inputs
 * give equal plans.
 *
 * @param pipeline the expanded pipeline it was made from
 * @param stages in the order of the file; names are unique, needs name stages of this list
 * @param post the pipeline's own post block, a pseudo-stage that runs when all stages are over;
 *     null when there is none
 * @param digest of everything above: equal for equal plans
 */
public record BuildPlan(
    ConcretePipeline pipeline,
    List<PlannedStage> stages,
    @Nullable PlannedStage post,
    String digest) {

  /** Name of the pseudo-stage of the pipeline's post block. */
  public static final String POST_STAGE = "(post)";

  public BuildPlan {
    stages = List.copyOf(stages);
  }

  /** Stages by name, the pseudo-stage last. */
  public SequencedMap<String, PlannedStage> byName() {
    var byName = new LinkedHashMap<String, PlannedStage>();
    stages.forEach(stage -> byName.put(stage.name(), stage));
    if (post != null) {
      byName.put(post.name(), post);
    }
    return byName;
  }

  /** How many steps the stages that may run have, post conditions included. */
  public int stepCount() {
    return byName().values().stream()
        .filter(stage -> stage.decision() instanceof StageDecision.Run)
        .mapToInt(stage -> stage.steps().size())
        .sum();
  }
}
