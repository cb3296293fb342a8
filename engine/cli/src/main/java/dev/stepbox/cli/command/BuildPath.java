package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code BUILD[/STAGE[/STEP]]} names. A stage's own name may hold slashes, so the plan of the
 * build decides where it ends.
 *
 * @param build the build
 * @param rest what follows the first slash; null if there is none
 */
record BuildPath(BuildId build, @Nullable String rest) {

  /** Splits what the user typed; the build need not exist. */
  static BuildPath parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new BuildPath(BuildId.parse(text), null)
        : new BuildPath(BuildId.parse(text.substring(0, slash)), text.substring(slash + 1));
  }

  /**
   * The steps that are meant, in the order of the plan.
   *
   * @throws CliException code UNKNOWN_NAME, with what there is instead
   */
  List<PlannedStep> steps(BuildPlan plan) {
    String wanted = rest;
    if (wanted == null || wanted.isEmpty()) {
      return plan.byName().values().stream().flatMap(stage -> stage.steps().stream()).toList();
    }
    PlannedStage whole = plan.byName().get(wanted);
    if (whole != null) {
      return whole.steps();
    }
    for (PlannedStage stage : plan.byName().values()) {
      if (wanted.startsWith(stage.name() + "/")) {
        return List.of(step(stage, wanted.substring(stage.name().length() + 1)));
      }
    }
    List<PlannedStep> group =
        plan.stages().stream()
            .filter(stage -> wanted.equals(stage.group()))
            .flatMap(stage -> stage.steps().stream())
            .toList();
    if (group.isEmpty()) {
      throw unknownStage(plan, build, wanted);
    }
    return group;
  }

  private PlannedStep step(PlannedStage stage, String number) {
    for (PlannedStep step : stage.steps()) {
      StepKey key = step.key();
      if (key.toString().equals(stage.name() + "/" + number)) {
        return step;
      }
    }
    List<String> names =
        stage.steps().stream()
            .map(step -> step.key().toString().substring(stage.name().length() + 1))
            .toList();
    throw CliException.of(
        CliErrorCode.UNKNOWN_NAME,
        "stage '%s' of build %s has no step '%s'".formatted(stage.name(), build, number),
        "Its steps: %s.".formatted(String.join(", ", names)));
  }

  static CliException unknownStage(BuildPlan plan, BuildId build, String wanted) {
    List<String> names = List.copyOf(plan.byName().keySet());
    String remedy =
        Suggestions.nearest(wanted, names)
            .map("Did you mean '%s'?"::formatted)
            .orElseGet(() -> "Its stages: " + String.join(", ", names) + ".");
    return CliException.of(
        CliErrorCode.UNKNOWN_NAME, "build %s has no stage '%s'".formatted(build, wanted), remedy);
  }
}
