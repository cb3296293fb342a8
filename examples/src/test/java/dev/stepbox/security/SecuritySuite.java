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
  private final Path sources;
  private final Commands commands;
  private final Path programs;

  /**
   * Sets up.
   *
   * @param sources the directory of the attack programs
   * @param commands with an empty directory that is the suite's own
   */
  SecuritySuite(Path sources, Commands commands) {
    this.sources = sources;
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

  /** Runs everything; the rows are in the order of their numbers. */
  List<Row> run() throws IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    List<Attack> attacks = Attack.in(sources);
    AttackRuns runs = new AttackRuns(commands, attacks);
    runs.makeImages(programs);
    try (HostTargets targets =
        new HostTargets(programs.resolve("host-targets"), commands.directory())) {
      Build build = runs.run(targets.variables());
      for (Attack attack : attacks) {
        Map<Whom, Sight> sights = runs.sights(build, attack);
        rows.add(
            new Row(
                attack.number(),
                attack.attempt(),
                attack.expected(),
                sights.get(Whom.ROOT),
                sights.get(Whom.OTHER),
                attack.control(),
                attack.deviation()));
      }
    }
    rows.sort(Comparator.comparingInt(Row::number));
    return rows;
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

  /** The directory of the attack programs in a checkout. */
  static Path sources(Path repository) {
    return repository.resolve("examples/src/test/security");
  }

  static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
