package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliException;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;

/**
 * What {@code STAGE:PATH} names. A stage's own name may hold colons, so the plan of the build
 * decides where it ends.
 */
record StagePath(String stage, String path) {

  /**
   * Splits what the user typed.
   *
   * @throws CliException code UNKNOWN_NAME, with what there is instead
   */
  static StagePath parse(BuildPlan plan, BuildId build, String text) {
    String longest = null;
    for (PlannedStage stage : plan.byName().values()) {
      boolean isLonger = longest == null || stage.name().length() > longest.length();
      if (isLonger && text.startsWith(stage.name() + ":")) {
        longest = stage.name();
      }
    }
    if (longest == null) {
      throw BuildPath.unknownStage(plan, build, text.substring(0, text.indexOf(':')));
    }
    return new StagePath(longest, text.substring(longest.length() + 1));
  }
}
