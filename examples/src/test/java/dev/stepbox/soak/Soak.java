package dev.stepbox.soak;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts thousands of sandboxes one after the other, then hundreds at once, and prints what was
 * there before, on the way and afterwards. Started by root with {@code ./check soak}: {@code Soak
 * STEPBOX JAVA SCRATCH USER STEPS CONCURRENT}. Exit code 1 when something grew or stayed.
 */
public final class Soak {
  static final int CONCURRENT_IN_A_BUILD = 50;

  /** Long enough for all of them to have begun, on two processors. */
  private static final int CONCURRENT_SECONDS = 30;

  /** On the way, after this share of the steps: what a build needs anyway is there by then. */
  private static final int WARM_SHARE = 10;

  /** A thread or descriptor that happens to be there at one of two looks. */
  private static final int CHANCE = 4;

  /** What an engine may keep of each step it has run, for its summary. */
  private static final long HEAP_KIB_PER_STEP = 4;

  private static final long SUPERVISOR_KIB = 512;

  private final Path stepbox;
  private final Path java;
  private final Path home;
  private final Pipelines pipelines;
  private final Person user;
  private final List<String> faults = new ArrayList<>();

  private Soak(Path stepbox, Path java, Path scratch, Person user) {
    this.stepbox = stepbox;
    this.java = java;
    this.home = scratch.resolve("home");
    this.pipelines = new Pipelines(scratch.resolve("pipelines"));
    this.user = user;
  }

  /** Soaks and prints two tables. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 6) {
      throw new IllegalArgumentException("usage: Soak STEPBOX JAVA SCRATCH USER STEPS CONCURRENT");
    }
    Soak soak =
        new Soak(
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            Path.of(arguments[2]),
            Person.named(arguments[3]));
    soak.oneAfterTheOther(Integer.parseInt(arguments[4]));
    soak.atOnce(Integer.parseInt(arguments[5]));
    soak.faults.forEach(fault -> System.out.println("GROWN: " + fault));
    System.exit(soak.faults.isEmpty() ? 0 : 1);
  }

  private Running start(Path pipeline) throws IOException {
    return Running.start(stepbox, user, home, pipeline);
  }

  private void oneAfterTheOther(int steps) throws IOException, InterruptedException {
    // A home that was never used grows by its first build, and only by that.
    try (Running first = start(pipelines.sequence(steps / WARM_SHARE))) {
      first.succeed();
    }
    Census before = Census.take(user, home);
    int warm = steps / WARM_SHARE;
    int almost = steps - steps / WARM_SHARE;
    Look early;
    Look late;
    try (Running build = start(pipelines.sequence(steps))) {
      build.await("step.finished", warm);
      early = Look.at(build, java, user);
      build.await("step.finished", almost - warm);
      late = Look.at(build, java, user);
      build.succeed();
    }
    Census after = Census.take(user, home);
    System.out.printf(
        "%n| %,d sandboxes, one after the other | before | after %,d | after %,d | at the end |%n"
            + "| --- | ---: | ---: | ---: | ---: |%n",
        steps, warm, almost);
    print(before, null, after, "| | |");
    print("engine: descriptors", early.engine().descriptors(), late.engine().descriptors(), CHANCE);
    print("engine: threads", early.engine().threads(), late.engine().threads(), CHANCE);
    print("engine: live heap, KiB", early.heapKib(), late.heapKib(), HEAP_KIB_PER_STEP * steps);
    print(
        "supervisor: descriptors",
        early.supervisor().descriptors(),
        late.supervisor().descriptors(),
        CHANCE);
    print("supervisor: mounts", early.supervisor().mounts(), late.supervisor().mounts(), CHANCE);
    print(
        "supervisor: resident, KiB",
        early.supervisor().residentKib(),
        late.supervisor().residentKib(),
        SUPERVISOR_KIB);
    compare(before, after);
  }

  private void atOnce(int sandboxes) throws IOException, InterruptedException {
    Census before = Census.take(user, home);
    Census meanwhile;
    List<Running> builds = new ArrayList<>();
    try {
      for (int left = sandboxes; left > 0; left -= CONCURRENT_IN_A_BUILD) {
        int branches = Math.min(left, CONCURRENT_IN_A_BUILD);
        builds.add(start(pipelines.parallel(branches, CONCURRENT_SECONDS)));
      }
      for (Running build : builds) {
        build.await("step.started", Math.min(sandboxes, CONCURRENT_IN_A_BUILD));
      }
      meanwhile = Census.take(user, home);
      for (Running build : builds) {
        build.succeed();
      }
    } finally {
      builds.forEach(Running::close);
    }
    Census after = Census.take(user, home);
    System.out.printf(
        "%n| %,d sandboxes at once, in %d builds | before | meanwhile | at the end |%n"
            + "| --- | ---: | ---: | ---: |%n",
        sandboxes, builds.size());
    print(before, meanwhile, after, "|");
    compare(before, after);
  }

  /** One row for each count; {@code between} takes the place of what was not counted meanwhile. */
  private static void print(
      Census before, @Nullable Census meanwhile, Census after, String between) {
    for (Census.Count count : Census.Count.values()) {
      String middle = meanwhile == null ? between : "| %,d |".formatted(count.of(meanwhile));
      System.out.printf(
          "| %s | %,d %s %,d |%n", count.title(), count.of(before), middle, count.of(after));
    }
  }

  private void print(String title, long early, long late, long tolerance) {
    System.out.printf("| %s | | %,d | %,d | |%n", title, early, late);
    if (late - early > tolerance) {
      faults.add("%s: from %,d to %,d".formatted(title, early, late));
    }
  }

  private void compare(Census before, Census after) {
    for (Census.Count count : Census.Count.values()) {
      if (count.of(after) > count.of(before) + count.tolerance()) {
        faults.add(
            "%s: from %,d to %,d".formatted(count.title(), count.of(before), count.of(after)));
      }
    }
  }
}
