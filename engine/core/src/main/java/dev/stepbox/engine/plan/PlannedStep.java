package dev.stepbox.engine.plan;

import dev.stepbox.engine.event.StepKey;
import dev.stepbox.pipeline.expand.ConcreteStep;
import dev.stepbox.pipeline.model.Step;

/**
 * A step of a plan.
 *
 * @param index place among all steps of its stage, post conditions included, from 0
 * @param step what it does, with everything it inherits
 */
public record PlannedStep(StepKey key, int index, ConcreteStep step) {

  /** {@code sh}, {@code checkout}, {@code archive}, {@code stash} or {@code unstash}. */
  public String kind() {
    return switch (step.definition()) {
      case Step.Shell _ -> "sh";
      case Step.Checkout _ -> "checkout";
      case Step.Archive _ -> "archive";
      case Step.Stash _ -> "stash";
      case Step.Unstash _ -> "unstash";
    };
  }

  /** The name its author gave it, or what it does. */
  public String label() {
    return step.definition().title();
  }
}
