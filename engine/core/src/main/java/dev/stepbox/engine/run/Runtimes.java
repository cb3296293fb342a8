package dev.stepbox.engine.run;

import dev.stepbox.engine.ContainerRuntime;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.event.Words;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Step;

/** Whether the stages of a plan can go through the runtime that was asked for. */
final class Runtimes {
  private Runtimes() {}

  /** No stage may want what only Stepbox itself makes: virtual machines, and steps that nest. */
  static void requireContainers(BuildPlan plan, RunOptions options) {
    ContainerRuntime runtime = options.runtime();
    if (runtime == null) {
      return;
    }
    for (PlannedStage stage : plan.byName().sequencedValues()) {
      if (stage.runs()) {
        if (options.isolation() != Isolation.CONTAINER) {
          refuseMachine(stage, runtime);
        }
        stage.steps().forEach(step -> refuseNesting(step, runtime));
      }
    }
  }

  private static void refuseMachine(PlannedStage stage, ContainerRuntime runtime) {
    if (stage.isolation() == Isolation.VM) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          ("cannot run stage '%s' with --runtime %s: it wants a virtual machine ('isolation:"
                  + " vm'), which makes its containers itself. Add --isolation container, or leave"
                  + " --runtime out.")
              .formatted(stage.name(), Words.of(runtime)));
    }
  }

  private static void refuseNesting(PlannedStep step, ContainerRuntime runtime) {
    if (step.step().definition() instanceof Step.Shell shell
        && shell.nesting() == Step.Nesting.ALLOWED) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          ("cannot run step '%s' with --runtime %s: it wants to make containers itself ('nesting:"
                  + " true'), which only containers of Stepbox's own making can. Leave --runtime"
                  + " out.")
              .formatted(step.key(), Words.of(runtime)));
    }
  }
}
