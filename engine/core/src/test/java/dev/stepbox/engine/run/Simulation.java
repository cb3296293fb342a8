package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.EventJson;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.scm.SourceTrees;
import dev.stepbox.pipeline.model.ImageRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Drives a build machine and a worker through simulated time, with crashes of the engine. */
final class Simulation {

  private static final BuildId BUILD = new BuildId(1);
  private static final int STEPS_MAX = 200_000;

  private final ManualClock clock = new ManualClock();
  private final Timeline timeline = new Timeline(clock);
  private final BuildPlan plan;
  private final int parallel;
  private final Assignments assignments;
  private final SimulatedWorker worker;
  private final Instant began = clock.instant();
  private final List<String> journal = new ArrayList<>();
  private BuildProgress progress;
  private @Nullable BuildMachine machine;
  private IntPredicate crashes = _ -> false;
  private Duration preparing = Duration.ZERO;
  private int effectCount;
  private int engineLife;

  Simulation(
      BuildPlan plan,
      int parallel,
      BiFunction<AttemptId, StepAssignment, SimulatedWorker.Fate> fates) {
    this.plan = plan;
    this.parallel = parallel;
    this.assignments =
        new Assignments(
            BUILD,
            plan,
            RunOptions.DEFAULTS,
            List.of(),
            new SourceTrees.Origin(null, null),
            new Project(Path.of("/project")));
    this.worker = new SimulatedWorker(timeline, clock, fates);
    this.progress = new BuildProgress(plan);
  }

  /** The engine is killed before its n-th effect, counted from 0, where this holds. */
  Simulation crashBefore(IntPredicate value) {
    crashes = value;
    return this;
  }

  /** How long it takes to prepare a stage. */
  Simulation preparing(Duration value) {
    preparing = value;
    return this;
  }

  /** Somebody stops the build at a time after its begin. */
  Simulation cancelAfter(Duration delay, CancelMode mode) {
    timeline.after(delay, () -> feed(new Input.CancelAsked(mode, "test")));
    return this;
  }

  /** The worker goes away at a time after the build's begin. */
  Simulation loseWorkerAfter(Duration delay) {
    timeline.after(
        delay,
        () -> {
          worker.listener(_ -> {});
          feed(new Input.WorkerGone("test"));
        });
    return this;
  }

  Simulation run() {
    start();
    for (int steps = 0; progress.state() != BuildState.FINISHED; steps++) {
      assertThat(steps).as("steps of the simulation").isLessThan(STEPS_MAX);
      assertThat(timeline.step()).as("something happens until the build is over").isTrue();
    }
    checkReplay();
    return this;
  }

  private void start() {
    int life = ++engineLife;
    progress = replay();
    var fresh = new BuildMachine(BUILD, plan, progress, assignments, clock, parallel, "0.1.0-test");
    machine = fresh;
    worker.listener(message ->
        timeline.after(
            Duration.ofMillis(1),
            () -> {
              if (life == engineLife) {
                feed(new Input.Told(message, message instanceof FromWorker.StepFinished ? 7 : 0));
              }
            }));
    apply(fresh.begin());
    tick(life);
  }

  private void tick(int life) {
    timeline.after(
        Duration.ofSeconds(1),
        () -> {
          if (life == engineLife && machine != null && !machine.isOver()) {
            feed(new Input.Tick());
            tick(life);
          }
        });
  }

  private void feed(Input input) {
    BuildMachine present = machine;
    if (present != null) {
      apply(present.on(input));
    }
  }

  private void apply(List<Effect> effects) {
    int life = engineLife;
    for (Effect effect : effects) {
      if (crashes.test(effectCount++)) {
        machine = null;
        engineLife++;
        worker.listener(_ -> {});
        progress = replay();
        if (progress.state() != BuildState.FINISHED) {
          timeline.after(Duration.ofMillis(50), this::start);
        }
        return;
      }
      switch (effect) {
        case Effect.Append recorded -> journal.add(EventJson.write(recorded.event()));
        case Effect.Send sent -> worker.hear(sent.message());
        case Effect.Prepare wanted -> prepare(wanted.stage(), life);
        case Effect.End _ -> machine = null;
      }
    }
  }

  private void prepare(StageProgress stage, int life) {
    var prepared =
        new PreparedStage(
            base(stage),
            Map.of(ImageRef.DEFAULT, RootImage.host()),
            null,
            Map.of(),
            new TreeMap<>(),
            null,
            known(stage));
    timeline.after(
        preparing,
        () -> {
          if (life == engineLife) {
            feed(new Input.Prepared(stage.stage().name(), prepared));
          }
        });
  }

  private Snapshot base(StageProgress stage) {
    if (stage.base() != null) {
      return stage.base();
    }
    Set<String> layers = new LinkedHashSet<>();
    Origins.of(progress, stage)
        .forEach(origin -> layers.addAll(origin.snapshot().workspaceLayers()));
    return new Snapshot(RootImage.host(), List.of(), List.copyOf(layers));
  }

  private static List<StepProgress> known(StageProgress stage) {
    List<StepProgress> known = new ArrayList<>();
    for (PlannedStep step : stage.stage().steps()) {
      if (stage.step(step.index()) != StepState.WAITING) {
        known.add(new StepProgress(step.index(), true, 0, stage.outcome(step.index())));
      }
    }
    return known;
  }

  private BuildProgress replay() {
    var replayed = new BuildProgress(plan);
    journal.forEach(line -> replayed.apply(EventJson.read(line)));
    return replayed;
  }

  private void checkReplay() {
    BuildProgress replayed = replay();
    assertThat(replayed.state()).isEqualTo(progress.state());
    assertThat(List.copyOf(replayed.stages())).isEqualTo(List.copyOf(progress.stages()));
    assertThat(replayed.finished()).isEqualTo(progress.finished());
    assertThat(replayed.nextSequence()).isEqualTo(progress.nextSequence());
  }

  List<BuildEvent> events() {
    return journal.stream().map(EventJson::read).toList();
  }

  BuildProgress progress() {
    return progress;
  }

  StageResult outcome() {
    return Objects.requireNonNull(progress.finished()).outcome();
  }

  Duration elapsed() {
    return clock.since(began);
  }

  int runningMax() {
    return worker.runningMax();
  }

  int lives() {
    return engineLife;
  }

  int effects() {
    return effectCount;
  }
}
