package dev.stepbox.engine.run;

import dev.stepbox.engine.ContainerRuntime;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.event.Words;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.pipeline.model.Isolation;

/** Whether the stages of a plan can go through the runtime that was asked for. */
final class Runtimes {
  private Runtimes() {}

  /** No stage may want a virtual machine, in which Stepbox makes containers itself. */
  static void requireContainers(BuildPlan plan, RunOptions options) {
    ContainerRuntime runtime = options.runtime();
    if (runtime == null || options.isolation() == Isolation.CONTAINER) {
      return;
    }
    for (PlannedStage stage : plan.byName().sequencedValues()) {
      if (stage.runs() && stage.isolation() == Isolation.VM) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST,
            ("cannot run stage '%s' with --runtime %s: it wants a virtual machine ('isolation:"
                 + " vm'), which makes its containers itself. Add --isolation container, or leave"
                 + " --runtime out.")
                .formatted(stage.name(), Words.of(runtime)));
      }
    }
  }
}
