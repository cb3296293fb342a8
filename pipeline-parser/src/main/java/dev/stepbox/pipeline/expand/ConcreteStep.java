package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Step;
import java.time.Duration;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A step with everything it inherits.
 *
 * @param definition the step as written
 * @param caps nothing is absent but perhaps {@code cpu}, which then means all processors
 * @param environment every variable the pipeline gives to the step, references resolved
 * @param timeout of this step alone; absent means none of its own
 */
public record ConcreteStep(
    Step definition,
    ImageRef image,
    Caps caps,
    SequencedMap<String, String> environment,
    @Nullable Duration timeout) {
  public ConcreteStep {
    environment = FrozenVariables.copyOf(environment);
  }
}
