package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.TestPipeline;
import dev.stepbox.engine.plan.TestPipeline.Part;
import dev.stepbox.engine.run.SimulatedWorker.Fate;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Random graphs and histories: failures, skips, stops, crashes of the engine. A failure names its
 * seed; {@code -Dsimulation.seed=N} runs that one alone, {@code -Dsimulation.rounds=N} more of
 * them.
 */
class SimulationTest {

  private static final int ROUNDS = Integer.getInteger("simulation.rounds", 3_000);

  @Test
  void everyHistoryKeepsTheRules() {
    Long only = Long.getLong("simulation.seed");
    long from = only == null ? 1 : only;
    long to = only == null ? ROUNDS : only;
    for (long seed = from; seed <= to; seed++) {
      try {
        play(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static void play(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    BuildPlan plan = plan(random);
    int parallel = 1 + random.nextInt(4);
    int failing = random.nextInt(25);
    var simulation =
        new Simulation(
            plan,
            parallel,
            (attempt, step) -> fate(seed, attempt.stage() + "/" + step.index(), failing));
    simulation.preparing(Duration.ofMillis(random.nextInt(40)));
    Set<Integer> crashes = new HashSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      crashes.add(random.nextInt(120));
    }
    simulation.crashBefore(crashes::contains);
    boolean isStopped = random.nextInt(3) == 0;
    if (isStopped) {
      simulation.cancelAfter(Duration.ofMillis(random.nextInt(20_000)), CancelMode.GRACEFUL);
      if (random.nextBoolean()) {
        simulation.cancelAfter(Duration.ofMillis(random.nextInt(40_000)), CancelMode.KILL);
      }
    }
    simulation.run();
    check(plan, simulation, parallel);
  }

  private static BuildPlan plan(RandomGenerator random) {
    var pipeline = new TestPipeline();
    int count = 1 + random.nextInt(12);
    SequencedMap<String, List<String>> groups = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      var part = new Part("S" + i);
      Set<String> needs = new TreeSet<>();
      for (int n = random.nextInt(3); n > 0 && i > 0; n--) {
        needs.add("S" + random.nextInt(i));
      }
      part.needs(needs.toArray(String[]::new));
      if (random.nextInt(6) == 0) {
        part.skip();
      }
      if (random.nextInt(3) == 0) {
        String group = "G" + random.nextInt(2);
        part.group(group, random.nextBoolean() ? FailFast.ON : FailFast.OFF);
        groups.computeIfAbsent(group, _ -> new ArrayList<>()).add("S" + i);
      }
      List<String> scripts = new ArrayList<>();
      for (int s = 0; s <= random.nextInt(3); s++) {
        scripts.add("step " + s);
      }
      part.scripts(scripts.toArray(String[]::new));
      for (PostCondition condition : PostCondition.values()) {
        if (random.nextInt(5) == 0) {
          part.post(condition, "post");
        }
      }
      pipeline.add(part);
    }
    for (String group : groups.keySet()) {
      if (random.nextBoolean()) {
        String name = group + " / (post)";
        pipeline.add(
            new Part(name)
                .afterBranches(group)
                .needs(groups.get(group).toArray(String[]::new))
                .post(List.of(PostCondition.values()).get(random.nextInt(5)), "post"));
        pipeline.stage("after " + group, name);
      }
    }
    if (random.nextBoolean()) {
      pipeline.post(List.of(PostCondition.values()).get(random.nextInt(5)), "the end");
    }
    if (random.nextInt(4) == 0) {
      pipeline.timeout(Duration.ofSeconds(1 + random.nextInt(30)));
    }
    return pipeline.plan();
  }

  /** Depends on nothing but its arguments, so that a resumed step has the fate it had. */
  private static Fate fate(long seed, String step, int failing) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + step.hashCode());
    Duration length = Duration.ofMillis(1 + random.nextInt(3_000));
    return random.nextInt(100) < failing
        ? new Fate(SimulatedWorker.ending(random.nextInt(3)), length)
        : SimulatedWorker.succeeds(length);
  }

  private static void check(BuildPlan plan, Simulation simulation, int parallel) {
    List<BuildEvent> events = simulation.events();
    assertThat(events.getFirst()).isInstanceOf(BuildEvent.BuildStarted.class);
    assertThat(events.getLast()).isInstanceOf(BuildEvent.BuildFinished.class);
    assertThat(simulation.runningMax()).isLessThanOrEqualTo(parallel);
    assertThat(simulation.elapsed()).isLessThan(Duration.ofMinutes(3));
    Map<String, String> ends = new HashMap<>();
    Set<String> open = new HashSet<>();
    boolean isStopped = false;
    for (BuildEvent event : events) {
      switch (event) {
        case BuildEvent.StageStarted e -> {
          PlannedStage stage = simulation.progress().stage(e.stage()).stage();
          assertThat(ends.keySet()).as("needs of " + e.stage()).containsAll(stage.needs());
          assertThat(isStopped && !stage.isPost())
              .as("%s begins after a stop", e.stage())
              .isFalse();
          assertThat(open.add(e.stage())).isTrue();
          assertThat(open).hasSizeLessThanOrEqualTo(parallel);
        }
        case BuildEvent.StageFinished e -> {
          open.remove(e.stage());
          assertThat(ends.put(e.stage(), e.result().name())).as("ends of " + e.stage()).isNull();
        }
        case BuildEvent.StageSkipped e ->
            assertThat(ends.put(e.stage(), e.reason().name())).as("ends of " + e.stage()).isNull();
        case BuildEvent.BuildCancelling _ -> isStopped = true;
        default -> {}
      }
    }
    assertThat(ends.keySet()).isEqualTo(plan.byName().keySet());
    assertThat(simulation.outcome()).isEqualTo(expected(ends, isStopped));
  }

  private static StageResult expected(Map<String, String> ends, boolean isStopped) {
    if (isStopped) {
      return StageResult.ABORTED;
    }
    for (StageResult result :
        List.of(StageResult.ERRORED, StageResult.FAILED, StageResult.ABORTED)) {
      if (ends.containsValue(result.name())) {
        return result;
      }
    }
    return StageResult.SUCCEEDED;
  }
}
