package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.TestPipeline;
import dev.stepbox.engine.plan.TestPipeline.Part;
import dev.stepbox.engine.run.SimulatedSandboxes.Fate;
import dev.stepbox.layercache.ownid.TreeRemoval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Histories of random builds whose engine is killed wherever it leaves another trace on disk. A
 * failure names its history; {@code -Dluck.history=SEED} or {@code SEED@MOMENT} plays that one
 * again, {@code -Dluck.seconds=N} plays new ones for so long.
 */
class UnluckyBuildTest {

  /** Builds that are killed once at each of their moments. */
  private static final int BUILDS = 12;

  /** Builds that are killed several times, at random. */
  private static final int UNLUCKY_BUILDS = 300;

  private static final int NO_MOMENT = -1;

  private final Path directory = place();
  private int histories;

  /** In memory where there is such a place: nothing here is to survive. */
  private static Path place() {
    Path memory = Path.of("/dev/shm");
    try {
      return Files.isWritable(memory)
          ? Files.createTempDirectory(memory, "stepbox-luck-")
          : Files.createTempDirectory("stepbox-luck-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void removeAll() throws IOException {
    TreeRemoval.of(directory);
  }

  @Test
  void killedAtAnyMomentABuildEndsRight() throws IOException {
    String only = System.getProperty("luck.history");
    if (only != null) {
      playAgain(only.split("@", 2));
      return;
    }
    for (long seed = 1; seed <= BUILDS; seed++) {
      playAll(seed);
    }
    assertThat(histories).isGreaterThan(500);
  }

  @Test
  void killedAgainAndAgainABuildEndsRight() throws IOException {
    for (long seed = 1_000_001; seed <= 1_000_000 + UNLUCKY_BUILDS; seed++) {
      play(seed, NO_MOMENT);
    }
  }

  @Test
  void afterAPowerCutABuildEndsWithTheTruth() throws IOException {
    for (long seed = 2_000_001; seed <= 2_000_000 + UNLUCKY_BUILDS; seed++) {
      play(seed, NO_MOMENT);
    }
  }

  @Test
  void whateverTimeThereIsNoHistoryEndsWrong() throws IOException {
    long seconds = Long.getLong("luck.seconds", 0);
    long first = Long.getLong("luck.first", System.nanoTime() >>> 20);
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    long seed = first;
    while (System.nanoTime() - end < 0) {
      playAll(seed++);
    }
    if (seconds > 0) {
      System.out.printf(
          "luck: %,d histories of the builds %d to %d ended right%n", histories, first, seed - 1);
    }
  }

  /** It went wrong once, and does without what mended it. */
  @Test
  void anArtifactOfAnActionThatIsDoneAgainIsToldOnce() throws IOException {
    play(3, 26);
  }

  @Test
  void aTextThatIsTooLongForTheJournalLeavesNoGapInIt() throws IOException {
    BuildPlan plan = new TestPipeline().add(new Part("A").scripts("one")).plan();
    var fate =
        new Fate(
            new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, "x".repeat(17 << 20)),
            Duration.ofMillis(1),
            List.of());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    Path place = Files.createDirectory(directory.resolve("long"));
    UnluckyBuild build = new UnluckyBuild(place, plan, 1, (_, _) -> fate, random).run();
    UnluckyRules.check(build);
    assertThat(Files.size(place.resolve("journal"))).isLessThan(1 << 20);
  }

  @Test
  void noScriptBeginsAfterAStopThatOnlyADeadEngineHadHeardOf() throws IOException {
    BuildPlan plan = new TestPipeline().add(new Part("A").scripts("one", "two")).plan();
    for (long seed = 0; seed < 40; seed++) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      for (int moment = 0; moment < 20; moment++) {
        int killed = moment;
        Path place = Files.createDirectory(directory.resolve(seed + "-" + moment));
        var build =
            new UnluckyBuild(
                    place,
                    plan,
                    1,
                    (_, _) ->
                        new Fate(new StepOutcome.Succeeded(), Duration.ofMillis(400), List.of()),
                    random)
                .cancelledAfter(Duration.ofMillis(200), CancelMode.GRACEFUL)
                .killedAt(at -> at == killed)
                .run();
        UnluckyRules.check(build);
      }
    }
  }

  private void playAgain(String[] history) throws IOException {
    long seed = Long.parseLong(history[0]);
    if (history.length == 2) {
      play(seed, Integer.parseInt(history[1]));
    } else {
      playAll(seed);
    }
  }

  private void playAll(long seed) throws IOException {
    int moments = play(seed, NO_MOMENT);
    for (int moment = 0; moment < moments; moment++) {
      play(seed, moment);
    }
  }

  /** Plays one history; returns how many moments it had. */
  private int play(long seed, int moment) throws IOException {
    Path place = Files.createDirectory(directory.resolve("build"));
    histories++;
    try {
      UnluckyBuild build = build(place, seed, moment);
      build.run();
      UnluckyRules.check(build);
      return build.moments();
    } catch (AssertionError | RuntimeException e) {
      String history = moment == NO_MOMENT ? "" + seed : seed + "@" + moment;
      throw new AssertionError(
          "history %s went wrong; again: ./check luck --history %s%n%s"
              .formatted(history, history, Files.readString(place.resolve("journal"))),
          e);
    } finally {
      TreeRemoval.of(place);
    }
  }

  private static UnluckyBuild build(Path place, long seed, int moment) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    BuildPlan plan = UnluckyPlans.of(random);
    int failing = random.nextInt(3) == 0 ? random.nextInt(30) : 0;
    var build =
        new UnluckyBuild(
            place,
            plan,
            1 + random.nextInt(3),
            (assignment, step) -> fate(seed, assignment, step, failing),
            RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + moment));
    if (random.nextInt(3) == 0) {
      build.cancelledAfter(Duration.ofMillis(random.nextInt(6_000)), CancelMode.GRACEFUL);
      if (random.nextBoolean()) {
        build.cancelledAfter(Duration.ofMillis(random.nextInt(12_000)), CancelMode.KILL);
      }
    }
    if (random.nextInt(5) == 0) {
      build.sandboxesLostAfter(Duration.ofMillis(random.nextInt(6_000)));
    }
    if (seed > 2_000_000 && random.nextInt(4) > 0) {
      build.powerCutAfter(Duration.ofMillis(random.nextInt(4_000)));
    }
    if (random.nextInt(8) == 0) {
      build.abandoned();
    }
    return build.killedAt(moment == NO_MOMENT ? atRandom(build, seed, random) : at -> at == moment);
  }

  /** The builds of the first test are killed once; those of the second one several times. */
  private static IntPredicate atRandom(UnluckyBuild build, long seed, RandomGenerator random) {
    Set<Integer> moments = new HashSet<>();
    if (seed > 1_000_000 && seed <= 1_000_000 + UNLUCKY_BUILDS) {
      for (int i = 1 + random.nextInt(5); i > 0; i--) {
        moments.add(random.nextInt(100));
      }
      build.killedAfter(Duration.ofMillis(random.nextInt(10_000)));
    }
    return moments::contains;
  }

  /** Depends on nothing but its arguments, so that a resumed step has the fate it had. */
  private static Fate fate(long seed, Assignment assignment, StepAssignment step, int failing) {
    String name = assignment.attempt().stage() + "/" + step.index();
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + name.hashCode());
    Duration length = Duration.ofMillis(1 + random.nextInt(1_500));
    List<String> output = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      output.add("piece %d of %s\nand a ".formatted(i, name));
    }
    StepOutcome outcome =
        random.nextInt(100) < failing
            ? switch (random.nextInt(3)) {
              case 0 -> new StepOutcome.Failed(3, null);
              case 1 -> new StepOutcome.Killed(KillReason.OOM, 137);
              default -> new StepOutcome.Errored(AgentErrorCode.SANDBOX_NOT_STARTED, "no sandbox");
            }
            : new StepOutcome.Succeeded();
    return new Fate(outcome, length, output);
  }
}
