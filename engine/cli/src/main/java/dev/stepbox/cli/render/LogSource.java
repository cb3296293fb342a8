package dev.stepbox.cli.render;

import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.log.StepLog;

/** Where the stored output of the steps of one build is found. */
@FunctionalInterface
public interface LogSource {

  /** The output of a step of the build's plan; empty for one that has not begun. */
  StepLog log(StepKey step);
}
