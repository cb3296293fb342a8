package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import java.time.Duration;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A stage as it is run: one branch, one matrix cell, a plain stage, or what runs after all branches
 * of a parallel stage.
 *
 * @param name unique in the build: {@code Build}, {@code Test / lint}, {@code Test [JDK=17, DB=h2]}
 * @param part which part of what is written it is
 * @param definition the stage as written (the branch, not the stage around it)
 * @param group the name of the parallel or matrix stage it came from; absent for a plain stage
 * @param cell the axis values of a matrix cell, in the order of the axes; else empty
 * @param needs names of concrete stages, in the order of the file
 * @param image of steps that name none
 * @param isolation of all its steps
 * @param environment of steps that add nothing, references resolved
 * @param timeout the shorter of its own and that of the group
 * @param failFast whether its failure cancels the other stages of its group
 */
public record ConcreteStage(
    String name,
    Part part,
    Stage definition,
    @Nullable String group,
    SequencedMap<String, String> cell,
    List<String> needs,
    ImageRef image,
    Isolation isolation,
    Caps caps,
    SequencedMap<String, String> environment,
    @Nullable Duration timeout,
    FailFast failFast,
    Decision decision,
    List<ConcreteStep> steps,
    ConcretePost post) {
  /** Parts of a stage as written. */
  public enum Part {
    /** Its steps, and then its post steps. */
    WHOLE,
    /**
     * The post steps of a parallel stage, in a stage of their own that needs all branches and has
     * no other steps. How the branches ended does not keep it from running.
     */
    AFTER_BRANCHES
  }

  public ConcreteStage {
    cell = FrozenVariables.copyOf(cell);
    needs = List.copyOf(needs);
    environment = FrozenVariables.copyOf(environment);
    steps = List.copyOf(steps);
  }

  /** Where the stage is written. */
  public SourceRange range() {
    return definition.range();
  }
}
