package dev.stepbox.engine.plan;

import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.expand.ConcretePost;
import dev.stepbox.pipeline.expand.ConcreteStage;
import dev.stepbox.pipeline.expand.ConcreteStep;
import dev.stepbox.pipeline.expand.Decision;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes plans. A pure function: nothing is read or written, equal inputs give equal plans.
 *
 * <p>Every method throws {@link EngineException} with {@link ErrorCode#UNKNOWN_STAGE}, {@link
 * ErrorCode#INVALID_PLAN} or {@link ErrorCode#LIMIT_EXCEEDED}.
 */
public final class Planner {

  /** Most steps of a build, post conditions included. */
  public static final int STEPS_MAX = 100_000;

  private Planner() {}

  /**
   * The plan of a build.
   *
   * @param selected names of stages, or of the parallel or matrix stage around them: these run, and
   *     what they need; empty means all
   */
  public static BuildPlan plan(ConcretePipeline pipeline, List<String> selected) {
    SequencedMap<String, ConcreteStage> byName = new LinkedHashMap<>();
    for (ConcreteStage stage : pipeline.stages()) {
      if (byName.putIfAbsent(stage.name(), stage) != null || isPost(stage.name())) {
        throw invalid(pipeline, "the name of stage '%s' is taken".formatted(stage.name()));
      }
    }
    StageGraph graph = StageGraph.of(pipeline);
    Set<String> wanted = graph.withNeeds(Selection.resolve(pipeline, selected));
    List<PlannedStage> stages = new ArrayList<>();
    for (ConcreteStage stage : pipeline.stages()) {
      stages.add(limited(planned(stages.size() + 1, stage, decide(stage, wanted))));
    }
    PlannedStage post = post(pipeline, stages.size() + 1);
    var plan =
        new BuildPlan(pipeline, stages, post, PlanDigest.of(pipeline, stages, post, selected));
    if (plan.stepCount() > STEPS_MAX) {
      throw new EngineException(
          ErrorCode.INVALID_PLAN,
          ("cannot plan '%s': it has %d steps, the limit is %d. Split the pipeline, or make one"
                  + " script of several steps.")
              .formatted(pipeline.definition().file(), plan.stepCount(), STEPS_MAX));
    }
    return plan;
  }

  private static PlannedStage limited(PlannedStage stage) {
    if (stage.steps().size() > Assignment.MAX_STEPS) {
      throw new EngineException(
          ErrorCode.INVALID_PLAN,
          "cannot plan stage '%s': it has %d steps, the limit is %d. Split the stage."
              .formatted(stage.name(), stage.steps().size(), Assignment.MAX_STEPS));
    }
    return stage;
  }

  private static boolean isPost(String name) {
    return name.equals(BuildPlan.POST_STAGE);
  }

  private static StageDecision decide(ConcreteStage stage, Set<String> wanted) {
    if (!wanted.contains(stage.name())) {
      return new StageDecision.Skip(SkipReason.NOT_SELECTED, null, null);
    }
    return switch (stage.decision()) {
      case Decision.Run _ -> new StageDecision.Run();
      case Decision.Skip skip ->
          new StageDecision.Skip(SkipReason.WHEN, skip.predicate(), skip.seen());
    };
  }

  private static PlannedStage planned(int number, ConcreteStage stage, StageDecision decision) {
    return new PlannedStage(
        switch (stage.part()) {
          case WHOLE -> PlannedStage.Kind.STAGE;
          case AFTER_BRANCHES -> PlannedStage.Kind.GROUP_POST;
        },
        StageIds.of(number, stage.name()),
        stage.name(),
        stage.range(),
        stage.group(),
        stage.needs(),
        decision,
        stage.image(),
        stage.isolation(),
        stage.caps(),
        stage.environment(),
        stage.timeout(),
        stage.failFast() == FailFast.ON,
        steps(stage.name(), stage.steps(), stage.post()));
  }

  private static @Nullable PlannedStage post(ConcretePipeline pipeline, int number) {
    if (pipeline.post().isEmpty()) {
      return null;
    }
    return new PlannedStage(
        PlannedStage.Kind.PIPELINE_POST,
        StageIds.of(number, "post"),
        BuildPlan.POST_STAGE,
        null,
        null,
        pipeline.stages().stream().map(ConcreteStage::name).toList(),
        new StageDecision.Run(),
        pipeline.definition().image(),
        pipeline.definition().isolation(),
        pipeline.definition().caps().over(Caps.DEFAULTS),
        pipeline.environment(),
        null,
        false,
        steps(BuildPlan.POST_STAGE, List.of(), pipeline.post()));
  }

  private static List<PlannedStep> steps(String stage, List<ConcreteStep> own, ConcretePost post) {
    List<PlannedStep> steps = new ArrayList<>();
    add(steps, stage, null, own);
    for (PostCondition condition : PostCondition.values()) {
      add(steps, stage, condition, post.on(Conditions.inPipeline(condition)));
    }
    return steps;
  }

  private static void add(
      List<PlannedStep> steps,
      String stage,
      @Nullable PostCondition condition,
      List<ConcreteStep> group) {
    int number = 1;
    for (ConcreteStep step : group) {
      steps.add(new PlannedStep(new StepKey(stage, condition, number++), steps.size(), step));
    }
  }

  static EngineException invalid(ConcretePipeline pipeline, String why) {
    return new EngineException(
        ErrorCode.INVALID_PLAN,
        "cannot plan '%s': %s. Change the pipeline; 'stepbox lint' shows the place."
            .formatted(pipeline.definition().file(), why));
  }
}
