package dev.stepbox.engine.plan;

import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Isolation;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A stage of a plan.
 *
 * @param kind whether it is a post block that is a stage of its own
 * @param id path-safe and unique in the plan, such as {@code 3-test-jdk-17}; names its log files
 * @param name what people see: {@code Build}, {@code Test / lint}, {@code Test [JDK=17]}
 * @param range where it is written; null for the pseudo-stage of the pipeline's post block
 * @param group the parallel or matrix stage it came from; null for a plain stage
 * @param needs names of the stages that must be over before it starts, in the order of the file
 * @param image root file system of steps that name none
 * @param isolation of all its steps
 * @param caps of steps that say nothing
 * @param environment of steps that add nothing
 * @param timeout for its steps together, post conditions not counted; null for none
 * @param failFast whether its failure stops the other stages of its group
 * @param steps all of them: its own, then those of its post conditions, in the order they run in
 */
public record PlannedStage(
    Kind kind,
    String id,
    String name,
    @Nullable SourceRange range,
    @Nullable String group,
    List<String> needs,
    StageDecision decision,
    ImageRef image,
    Isolation isolation,
    Caps caps,
    SequencedMap<String, String> environment,
    @Nullable Duration timeout,
    boolean failFast,
    List<PlannedStep> steps) {

  /** What a stage of a plan is in the pipeline. */
  public enum Kind {
    /** A stage, a branch or a cell. */
    STAGE,
    /** The post block of a parallel stage, over when all branches are. */
    GROUP_POST,
    /** The post block of the pipeline. */
    PIPELINE_POST
  }

  public PlannedStage {
    needs = List.copyOf(needs);
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    steps = List.copyOf(steps);
  }

  /** The steps of one post condition, or the stage's own ones for null. */
  public List<PlannedStep> steps(@Nullable PostCondition post) {
    return steps.stream().filter(step -> step.key().post() == post).toList();
  }

  /** Whether it is a post block, which runs after other stages whatever came of them. */
  public boolean isPost() {
    return kind != Kind.STAGE;
  }

  /** Whether the plan lets it run. */
  public boolean runs() {
    return decision instanceof StageDecision.Run;
  }
}
