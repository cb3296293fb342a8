package dev.stepbox.security;

import dev.stepbox.security.AttackRuns.Whom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All checks: those that are programs inside of steps, and those that are made from the host. */
final class SecuritySuite {
  /** In the order of the columns. */
  private static final List<String> RUNTIMES = List.of("crun", "runc");

  private final Path repository;
  private final Path sources;
  private final Commands commands;
  private final Path programs;

  /**
   * Sets up.
   *
   * @param repository the checkout whose attack programs and tests these are
   * @param commands with an empty directory that is the suite's own
   */
  SecuritySuite(Path repository, Commands commands) {
    this.repository = repository;
    this.sources = repository.resolve("examples/src/test/security");
    this.commands = commands;
    this.programs = commands.directory().resolve("programs");
  }

  /** Compiles the programs; has to come first. */
  void compile() throws IOException, InterruptedException {
    commands.must(
        "make",
        "--silent",
        "--jobs=2",
        "--directory=" + sources,
        "OUT=" + programs.toAbsolutePath());
  }

  /**
   * Runs everything; the rows are in the order of their numbers.
   *
   * @param starts how many steps are started one after the other
   */
  List<Row> run(int starts) throws IOException, InterruptedException {
    List<Attack> attacks = Attack.in(sources);
    AttackRuns runs = new AttackRuns(commands, attacks);
    runs.makeImages(programs);
    List<Row> rows = new ArrayList<>();
    attack(runs, attacks, rows);
    Canary canary = new Canary(commands.directory().resolve("canary"));
    Path layer = commands.directory().resolve("layer.tar");
    rows.addAll(new HostileImages(commands, canary, layer).rows());
    rows.addAll(new HostileArchives(commands, canary).rows());
    rows.addAll(new Endings(commands, starts).rows());
    rows.add(new Secrets(commands).row());
    rows.addAll(new References(repository).rows());
    rows.sort(Comparator.comparingInt(Row::number).thenComparing(Row::attempt));
    return rows;
  }

  private void attack(AttackRuns runs, List<Attack> attacks, List<Row> rows)
      throws IOException, InterruptedException {
    Path helper = programs.resolve("host-targets");
    try (HostTargets targets = new HostTargets(helper, commands.directory())) {
      // The first build unpacks the layers; what they are then is what they have to stay.
      Map<String, String> before = runs.layers();
      Build build = runs.run(targets.variables(), AttackRuns.OURSELVES);
      HostWatch watch =
          new HostWatch(
              build, targets.visitors(), runs.layers().entrySet().containsAll(before.entrySet()));
      for (Attack attack : attacks) {
        rows.add(
            new Row(
                attack.number(),
                attack.attempt(),
                attack.expected(),
                runs.sight(build, attack, Whom.ROOT).and(watch.look(attack)),
                runs.sight(build, attack, Whom.OTHER),
                attack.control(),
                attack.deviation()));
      }
    }
    for (String runtime : RUNTIMES) {
      attackThrough(runtime, runs, attacks, rows);
    }
  }

  /**
   * The same attacks on containers that somebody else makes; adds to the rows of ours, which come
   * first.
   */
  private void attackThrough(String runtime, AttackRuns runs, List<Attack> attacks, List<Row> rows)
      throws IOException, InterruptedException {
    Path helper = programs.resolve("host-targets");
    try (HostTargets targets = new HostTargets(helper, commands.directory())) {
      Map<String, String> before = runs.layers();
      Build build = runs.run(targets.variables(), runtime);
      HostWatch watch =
          new HostWatch(
              build, targets.visitors(), runs.layers().entrySet().containsAll(before.entrySet()));
      for (int i = 0; i < attacks.size(); i++) {
        Attack attack = attacks.get(i);
        Sight sight = runs.sightOfRuntime(build, attack).and(watch.look(attack));
        rows.set(i, rows.get(i).with(sight));
      }
    }
  }

  /** Runs the programs without a sandbox: what they would have to do there and did not. */
  List<String> prove(boolean isRoot) throws IOException, InterruptedException {
    List<String> problems = new ArrayList<>();
    try (HostTargets targets =
        new HostTargets(programs.resolve("host-targets"), commands.directory())) {
      Controls controls = new Controls(commands, programs, targets.variables());
      for (Attack attack : Attack.in(sources)) {
        String problem = controls.problem(attack, isRoot);
        if (!problem.isEmpty()) {
          problems.add(attack.name() + ": " + problem);
        }
      }
    }
    return problems;
  }

  /** A directory of one's own below one that programs may be executed in. */
  static Path scratch() throws IOException {
    return Files.createTempDirectory(Path.of("/var/tmp"), "stepbox-security");
  }

  static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
