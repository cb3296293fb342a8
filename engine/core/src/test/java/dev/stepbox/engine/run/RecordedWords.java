package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.Stamp;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.TestPipeline;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** The words of a worker about a build of one stage, whose events are kept. */
final class RecordedWords {

  private final BuildPlan plan = new TestPipeline().stage("A").plan();
  private final BuildProgress progress = new BuildProgress(plan);
  private final AttemptId attempt = new AttemptId("1", plan.stages().getFirst().id(), 1);
  private final WorkerWords words;
  private final List<BuildEvent> events = new ArrayList<>();

  RecordedWords() {
    words = new WorkerWords(plan, progress, made -> events.add(made.apply(stamp(2))), _ -> {});
    progress.apply(
        new BuildEvent.BuildStarted(
            stamp(0), "stepbox.yaml", plan.digest(), 1, 1, new LinkedHashMap<>(), "test"));
    progress.apply(new BuildEvent.StageStarted(stamp(1), "A", 1, Snapshot.of(RootImage.host())));
  }

  private static Stamp stamp(long sequence) {
    return new Stamp(new BuildId(1), sequence, Instant.EPOCH);
  }

  void announce() {
    announce("text");
  }

  void announce(String text) {
    hear(new FromWorker.Announcement(attempt, null, Severity.INFO, "test", text));
  }

  void store() {
    hear(new FromWorker.ArtifactStored(attempt, 0, "path", 1));
  }

  private void hear(FromWorker message) {
    words.hear(new Input.Told(message, 0));
  }

  int events() {
    return events.size();
  }

  BuildEvent last() {
    return events.getLast();
  }
}
