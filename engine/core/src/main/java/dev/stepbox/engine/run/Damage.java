package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a build lacks that is carried on: a machine that stopped takes along what was in memory. */
final class Damage {

  private Damage() {}

  /** What to tell people, of the journal first. */
  static List<Input.Noticed> of(BuildPlan plan, Journal.Replayed replayed, StepLogs logs) {
    List<Input.Noticed> found = new ArrayList<>();
    if (replayed.cutBytes() > 0) {
      found.add(
          notice(
              "journal-cut",
              "the last %d bytes of the journal were damaged and are cut off"
                  .formatted(replayed.cutBytes()),
              null));
    }
    for (BuildEvent event : replayed.events()) {
      if (event instanceof StepFinished end) {
        PlannedStage stage = plan.byName().get(end.step().stage());
        long missing = stage == null ? 0 : end.outputBytes() - stored(stage, end, logs);
        if (missing > 0) {
          found.add(
              notice(
                  "output-lost",
                  "the last %d bytes of the output of '%s' are lost: the machine stopped before"
                          .formatted(missing, end.step())
                      + " they were on disk",
                  end.step().stage()));
        }
      }
    }
    return found;
  }

  private static long stored(PlannedStage stage, StepFinished end, StepLogs logs) {
    for (PlannedStep step : stage.steps()) {
      if (step.key().equals(end.step())) {
        return logs.size(stage.id(), step.index());
      }
    }
    return 0;
  }

  private static Input.Noticed notice(String code, String text, @Nullable String stage) {
    return new Input.Noticed(Severity.WARNING, code, text, stage);
  }
}
