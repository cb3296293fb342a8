package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StageStarted;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.event.Stamp;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.plan.StageDecision;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.expand.ConcretePost;
import dev.stepbox.pipeline.expand.ConcreteStep;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.model.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A build told by hand: stages and steps first, then what happens to them, at times counted from
 * noon in milliseconds.
 */
final class BuildStory {

  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  static final BuildId BUILD = new BuildId(17);

  private static final SourceName FILE = new SourceName("stepbox.yaml");
  private static final long MEBIBYTE = 1L << 20;

  private final List<PlannedStage> stages = new ArrayList<>();
  private final SequencedMap<String, Instant> begun = new LinkedHashMap<>();
  private int line = 3;
  private long sequence;

  /** Adds a stage whose steps run these scripts. */
  BuildStory stage(String name, List<String> needs, String... scripts) {
    SourceRange range = SourceRange.at(FILE, line++, 5);
    List<PlannedStep> steps = new ArrayList<>();
    for (String script : scripts) {
      Step.Shell shell = Step.Shell.builder(script, SourceRange.at(FILE, line++, 9)).build();
      ConcreteStep step =
          new ConcreteStep(
              shell,
              ImageRef.DEFAULT,
              dev.stepbox.pipeline.model.Caps.DEFAULTS,
              new LinkedHashMap<>(),
              Duration.ofSeconds(30));
      steps.add(new PlannedStep(new StepKey(name, null, steps.size() + 1), steps.size(), step));
    }
    stages.add(
        new PlannedStage(
            PlannedStage.Kind.STAGE,
            "s" + stages.size(),
            name,
            range,
            null,
            needs,
            new StageDecision.Run(),
            ImageRef.DEFAULT,
            dev.stepbox.pipeline.model.Isolation.CONTAINER,
            dev.stepbox.pipeline.model.Caps.DEFAULTS,
            new LinkedHashMap<>(),
            null,
            false,
            steps));
    return this;
  }

  BuildPlan plan() {
    Step.Shell any = Step.Shell.builder("true", SourceRange.at(FILE, 2, 1)).build();
    Stage stage =
        Stage.builder("any", SourceRange.at(FILE, 1, 1), new StageBody.Steps(List.of(any))).build();
    ConcretePipeline pipeline =
        new ConcretePipeline(
            Pipeline.builder(FILE, List.of(stage)).build(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            List.of(),
            new ConcretePost(new LinkedHashMap<>()));
    return new BuildPlan(pipeline, stages, null, "sha256:0");
  }

  BuildEvent started() {
    return new BuildStarted(
        stamp(0), "stepbox.yaml", "sha256:0", stages.size(), 4, new LinkedHashMap<>(), "test");
  }

  BuildEvent stageStarted(String stage, long at) {
    begun.put(stage, NOON.plusMillis(at));
    return new StageStarted(stamp(at), stage, 1, Snapshot.of(RootImage.host()));
  }

  BuildEvent stageSkipped(String stage, String because, long at) {
    return new StageSkipped(stamp(at), stage, SkipReason.WHEN, null, null, because);
  }

  BuildEvent stageFinished(String stage, StageResult result, @Nullable String because, long at) {
    Instant from = begun.getOrDefault(stage, NOON);
    Duration elapsed = Duration.between(from, NOON.plusMillis(at));
    return new StageFinished(stamp(at), stage, result, elapsed, null, because, null);
  }

  BuildEvent stepStarted(String stage, int number, long at) {
    StepKey key = new StepKey(stage, null, number);
    begun.put(key.toString(), NOON.plusMillis(at));
    PlannedStep step = planned(key);
    return new StepStarted(
        stamp(at),
        key,
        step.kind(),
        step.label(),
        new Position("stepbox.yaml", step.step().definition().range().startLine()),
        "host",
        new Caps(null, 64 * MEBIBYTE, 100, 128 * MEBIBYTE),
        Duration.ofMillis(4));
  }

  BuildEvent stepFinished(String stage, int number, StepOutcome outcome, long at) {
    StepKey key = new StepKey(stage, null, number);
    Instant from = begun.getOrDefault(key.toString(), NOON.plusMillis(at));
    Duration elapsed = Duration.between(from, NOON.plusMillis(at));
    Usage usage = new Usage(elapsed.multipliedBy(2), Duration.ZERO, 40 * MEBIBYTE, 7L, 0L, 0L);
    return new StepFinished(stamp(at), key, outcome, elapsed, Duration.ofMillis(4), usage, 4096);
  }

  BuildEvent finished(StageResult outcome, @Nullable String because, long at) {
    return new BuildFinished(stamp(at), outcome, Duration.ofMillis(at), because, null);
  }

  private PlannedStep planned(StepKey key) {
    return stages.stream()
        .flatMap(stage -> stage.steps().stream())
        .filter(step -> step.key().equals(key))
        .findFirst()
        .orElseThrow();
  }

  private Stamp stamp(long at) {
    return new Stamp(BUILD, sequence++, NOON.plusMillis(at));
  }
}
