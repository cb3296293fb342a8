package dev.stepbox.engine.plan;

import dev.stepbox.agent.protocol.PostCondition;

/** The post conditions of the worker protocol and those of a pipeline, which mean the same. */
final class Conditions {

  private Conditions() {}

  static dev.stepbox.pipeline.model.PostCondition inPipeline(PostCondition condition) {
    return switch (condition) {
      case ALWAYS -> dev.stepbox.pipeline.model.PostCondition.ALWAYS;
      case ABORTED -> dev.stepbox.pipeline.model.PostCondition.ABORTED;
      case SUCCESS -> dev.stepbox.pipeline.model.PostCondition.SUCCESS;
      case FAILURE -> dev.stepbox.pipeline.model.PostCondition.FAILURE;
      case CLEANUP -> dev.stepbox.pipeline.model.PostCondition.CLEANUP;
    };
  }
}
