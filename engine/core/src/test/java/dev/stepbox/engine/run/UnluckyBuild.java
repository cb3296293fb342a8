package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.journal.Journal;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.run.SimulatedSandboxes.Fate;
import dev.stepbox.engine.scm.SourceTrees;
import dev.stepbox.engine.testing.FakeLayers;
import dev.stepbox.engine.testing.FakeSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One build in simulated time, with the engine's own machine, journal, logs and preparation of
 * stages on real files. The engine can be killed at every moment that leaves another trace on disk:
 * before anything it does, in the middle of a record of the journal, in the middle of a piece of
 * output. Then all that it held in memory is gone, its worker too, and another engine carries on.
 */
final class UnluckyBuild {

  private static final BuildId BUILD = new BuildId(1);
  private static final Path PROJECT = Path.of("/project");
  private static final int STEPS_MAX = 100_000;

  private final ManualClock clock = new ManualClock();
  private final Timeline timeline = new Timeline(clock);
  private final SimulatedSandboxes sandboxes = new SimulatedSandboxes(timeline, clock);
  private final Instant began = clock.instant();
  private final Path directory;
  private final BuildPlan plan;
  private final int parallel;
  private final BiFunction<Assignment, StepAssignment, Fate> fates;
  private final RandomGenerator random;
  private final SimulatedDisk disk;
  private IntPredicate kills = _ -> false;
  private boolean isToBeAbandoned;
  private boolean wereSandboxesLost;
  private boolean wasAbandoned;
  private boolean wasPowerCut;
  private boolean isOver;
  private int moments;
  private int lives;
  private Instant inboxDue = began;
  private Instant workerDue = began;
  private @Nullable Engine engine;
  private BuildProgress last;

  /** All that one engine holds in memory. */
  private record Engine(
      int life,
      BuildMachine machine,
      Journal journal,
      StepLogs logs,
      StagePreparer preparer,
      MortalWorker worker,
      BuildProgress progress) {}

  /**
   * A build that has not begun.
   *
   * @param directory empty
   * @param random for the times that messages take
   */
  UnluckyBuild(
      Path directory,
      BuildPlan plan,
      int parallel,
      BiFunction<Assignment, StepAssignment, Fate> fates,
      RandomGenerator random) {
    this.directory = directory;
    this.plan = plan;
    this.parallel = parallel;
    this.fates = fates;
    this.random = random;
    this.disk = new SimulatedDisk(directory, random);
    this.last = new BuildProgress(plan);
  }

  /** The engine is killed at the n-th moment, counted from 0, where this holds. */
  UnluckyBuild killedAt(IntPredicate value) {
    kills = value;
    return this;
  }

  /** The engine is killed after a time, whatever it does then. */
  UnluckyBuild killedAfter(Duration delay) {
    timeline.after(
        delay,
        () -> {
          if (engine != null) {
            die();
          }
        });
    return this;
  }

  /** After its first death nobody carries the build on: it is ended. */
  UnluckyBuild abandoned() {
    isToBeAbandoned = true;
    return this;
  }

  UnluckyBuild cancelledAfter(Duration delay, CancelMode mode) {
    timeline.after(delay, () -> feed(new Input.CancelAsked(mode, "test")));
    return this;
  }

  /** The supervisor is killed after a time, with all that runs in its sandboxes. */
  UnluckyBuild sandboxesLostAfter(Duration delay) {
    timeline.after(
        delay,
        () -> {
          wereSandboxesLost = true;
          sandboxes.lose();
        });
    return this;
  }

  /** The machine stops after a time; of what was not synced the disk has as much as it likes. */
  UnluckyBuild powerCutAfter(Duration delay) {
    timeline.after(
        delay,
        () -> {
          if (engine != null && !isOver) {
            wasPowerCut = true;
            die();
            disk.lose();
            sandboxes.forget();
          }
        });
    return this;
  }

  UnluckyBuild run() {
    attach();
    for (int steps = 0; !isOver; steps++) {
      if (steps > STEPS_MAX || !timeline.step()) {
        throw new AssertionError("nothing happens any more, and the build is not over");
      }
    }
    return this;
  }

  private void attach() {
    lives++;
    Path file = stored().journal();
    Journal.Replayed replayed =
        Files.exists(file)
            ? Journal.reopen(file, Journal.BYTES_MAX)
            : new Journal.Replayed(Journal.create(file, Journal.BYTES_MAX), List.of(), 0);
    var progress = new BuildProgress(plan);
    replayed.events().forEach(progress::apply);
    if (progress.state() == BuildState.FINISHED) {
      over(progress);
      replayed.journal().close();
      return;
    }
    List<Input.Noticed> damage = Damage.of(plan, replayed, new StepLogs(directory.resolve("logs")));
    Engine fresh = engine(progress, replayed.journal());
    engine = fresh;
    inboxDue = clock.instant();
    boolean isAbandoned = isToBeAbandoned && progress.state() != BuildState.NEW && lives > 1;
    wasAbandoned |= isAbandoned;
    apply(isAbandoned ? fresh.machine().abandon("test") : fresh.machine().begin());
    if (isAlive(fresh)) {
      fresh.worker().begin();
      later(fresh, Duration.ofMillis(random.nextInt(20)), () -> takeSource(fresh));
      tick(fresh);
    }
    if (isAlive(fresh)) {
      damage.forEach(this::feed);
    }
  }

  private Engine engine(BuildProgress progress, Journal journal) {
    var origin = new SourceTrees.Origin(null, null);
    var assignments =
        new Assignments(BUILD, plan, RunOptions.DEFAULTS, List.of(), origin, new Project(PROJECT));
    var layers = new FakeLayers(directory.resolve("sources"));
    int life = lives;
    var shelf =
        new SourceShelf(
            new FakeSources(),
            layers,
            clock,
            progress.checkouts().values(),
            input -> timeline.after(Duration.ZERO, () -> feedIn(life, input)));
    return new Engine(
        life,
        new BuildMachine(BUILD, plan, progress, assignments, clock, parallel, "0.1.0-test"),
        journal,
        new StepLogs(directory.resolve("logs")),
        new StagePreparer(
            plan, layers, shelf, new SourceRequest.WorkingTree(PROJECT), Permissions.NONE),
        new MortalWorker(timeline, clock, sandboxes, fates, message -> hear(life, message)),
        progress);
  }

  /** Whether it is the engine of this moment. */
  private boolean isAlive(Engine mine) {
    return engine != null && mine.life() == lives;
  }

  private void feedIn(int life, Input input) {
    if (life == lives) {
      feed(input);
    }
  }

  private void later(Engine mine, Duration delay, Runnable action) {
    timeline.after(
        delay,
        () -> {
          if (isAlive(mine)) {
            action.run();
          }
        });
  }

  private static void takeSource(Engine mine) {
    try {
      mine.preparer().takeOwnSource();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void tick(Engine mine) {
    later(
        mine,
        Duration.ofMillis(500),
        () -> {
          feed(new Input.Tick());
          tick(mine);
        });
  }

  /** Output goes straight to the logs, everything else through the inbox, as in a real build. */
  private void hear(int life, FromWorker message) {
    timeline.after(
        Duration.ofMillis(1),
        () -> {
          Engine mine = engine;
          if (mine != null && life == lives) {
            switch (message) {
              case FromWorker.StepOutput output -> store(mine, output);
              case FromWorker.StepFinished finished ->
                  toInbox(
                      mine,
                      new Input.Told(
                          finished,
                          mine.logs().finish(finished.attempt().stage(), finished.step())));
              default -> toInbox(mine, new Input.Told(message, 0));
            }
          }
        });
  }

  private void toInbox(Engine mine, Input input) {
    Instant due = clock.instant().plusMillis(random.nextInt(4));
    inboxDue = due.isBefore(inboxDue) ? inboxDue : due;
    later(mine, Duration.between(clock.instant(), inboxDue), () -> feed(input));
  }

  private void store(Engine mine, FromWorker.StepOutput output) {
    Path folder = directory.resolve("logs").resolve(output.attempt().stage());
    Path text = folder.resolve(output.step() + ".log");
    Path index = folder.resolve(output.step() + ".idx");
    long textBefore = SimulatedDisk.length(text);
    long indexBefore = SimulatedDisk.length(index);
    mine.logs().append(output);
    if (isKilledHere()) {
      // The text is written first, and the index when all of it is there.
      boolean isInText = random.nextBoolean();
      die();
      SimulatedDisk.cut(
          index, isInText ? indexBefore : within(indexBefore, SimulatedDisk.length(index)));
      if (isInText) {
        SimulatedDisk.cut(text, within(textBefore, SimulatedDisk.length(text)));
      }
    }
  }

  private void feed(Input input) {
    Engine present = engine;
    if (present != null) {
      apply(present.machine().on(input));
    }
  }

  private void apply(List<Effect> effects) {
    for (Effect effect : effects) {
      Engine mine = engine;
      if (mine == null) {
        return;
      }
      if (isKilledHere()) {
        die();
        return;
      }
      switch (effect) {
        case Effect.Append recorded -> append(mine, recorded.event());
        case Effect.Send sent -> send(mine, sent);
        case Effect.Prepare wanted -> prepare(mine, wanted.stage());
        case Effect.End _ -> end(mine);
      }
    }
  }

  /** What was sent is heard as long as the worker lives, which is as long as its engine. */
  private void send(Engine mine, Effect.Send sent) {
    Instant due = clock.instant().plusMillis(random.nextInt(3));
    workerDue = due.isBefore(workerDue) ? workerDue : due;
    later(
        mine,
        Duration.between(clock.instant(), workerDue),
        () -> mine.worker().hear(sent.message()));
  }

  private void append(Engine mine, BuildEvent event) {
    long before = SimulatedDisk.length(stored().journal());
    boolean isEnd = event instanceof BuildEvent.BuildFinished;
    if (isEnd) {
      disk.sync();
    }
    mine.journal().append(event);
    if (isEnd) {
      disk.sync();
    } else if (event instanceof BuildEvent.BuildStarted
        || event instanceof BuildEvent.StageFinished) {
      later(mine, Duration.ofMillis(random.nextInt(30)), disk::sync);
    }
    if (isKilledHere()) {
      die();
      SimulatedDisk.cut(
          stored().journal(), within(before, SimulatedDisk.length(stored().journal())));
    }
  }

  private void prepare(Engine mine, StageProgress stage) {
    var order = StagePreparer.Order.of(mine.machine().progress(), stage, mine.logs());
    later(
        mine,
        Duration.ofMillis(1 + random.nextInt(20)),
        () -> feed(mine.preparer().prepare(order)));
  }

  private boolean isKilledHere() {
    return kills.test(moments++);
  }

  private void end(Engine mine) {
    close(mine);
    over(mine.progress());
  }

  private void over(BuildProgress progress) {
    last = progress;
    isOver = true;
  }

  private void die() {
    Engine dying = engine;
    if (dying != null) {
      close(dying);
      timeline.after(Duration.ofMillis(50 + random.nextInt(3_000)), this::attach);
    }
  }

  private void close(Engine closed) {
    engine = null;
    closed.worker().die();
    closed.journal().close();
    closed.logs().close();
  }

  private long within(long from, long to) {
    return to <= from ? from : from + random.nextLong(to - from);
  }

  /** What the build has left in its files. */
  StoredBuild stored() {
    return new StoredBuild(directory, began);
  }

  BuildPlan plan() {
    return plan;
  }

  int parallel() {
    return parallel;
  }

  /** The state that the last engine left. */
  BuildProgress progress() {
    return last;
  }

  SimulatedSandboxes sandboxes() {
    return sandboxes;
  }

  boolean wereSandboxesLost() {
    return wereSandboxesLost;
  }

  boolean wasPowerCut() {
    return wasPowerCut;
  }

  boolean wasAbandoned() {
    return wasAbandoned;
  }

  /** How many moments there were at which the engine could have been killed. */
  int moments() {
    return moments;
  }

  /** How many engines there were. */
  int lives() {
    return lives;
  }
}
