package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.model.Pipeline;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline with everything decided that can be decided before the build starts.
 *
 * @param parameters the value of every parameter, in the order of the file
 * @param environment of the whole pipeline, references resolved
 * @param stages in the order of the file; a stage's needs stand before it only if its author wrote
 *     them so
 * @param post the steps that run after the last stage
 */
public record ConcretePipeline(
    Pipeline definition,
    SequencedMap<String, String> parameters,
    SequencedMap<String, String> environment,
    List<ConcreteStage> stages,
    ConcretePost post) {
  public ConcretePipeline {
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    environment = FrozenVariables.copyOf(environment);
    stages = List.copyOf(stages);
  }

  /** How long the whole build may take; absent means no limit. */
  public @Nullable Duration timeout() {
    return definition.options().timeout();
  }
}
