package dev.stepbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures Stepbox and its peers in turn, and prints a Markdown table of medians. Started by {@code
 * ./check bench}: {@code Bench STEPBOX FLOOR SCRATCH USER ROUNDS}, where {@code USER} is the
 * ordinary user who runs Stepbox, bubblewrap and the floor.
 */
public final class Bench {
  private static final Pattern START = Pattern.compile("\"startMs\":([0-9.]+)");
  private static final int STEPS = 200;
  private static final int ARCHIVE_MEBIBYTES = 200;

  private final Path stepbox;
  private final Path floor;
  private final Path scratch;
  private final int rounds;
  private final List<String> asUser;
  private final Commands commands;
  private final Peers peers;
  private final Medians medians = new Medians();

  private Bench(Path stepbox, Path floor, Path scratch, String user, int rounds) {
    this.stepbox = stepbox;
    this.floor = floor;
    this.scratch = scratch;
    this.rounds = rounds;
    this.asUser = List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", "--");
    Map<String, String> environment = new HashMap<>();
    environment.put("STEPBOX_HOME", scratch.resolve("home").toString());
    environment.put("HOME", scratch.toString());
    environment.put("NO_COLOR", "1");
    String kernel = System.getenv("STEPBOX_KERNEL");
    if (kernel != null) {
      environment.put("STEPBOX_KERNEL", kernel);
    }
    this.commands = new Commands(scratch, environment);
    this.peers = new Peers(scratch, commands, asUser);
  }

  /** Runs every measurement once and prints the table. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 5) {
      throw new IllegalArgumentException("usage: Bench STEPBOX FLOOR SCRATCH USER ROUNDS");
    }
    Bench bench =
        new Bench(
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            Path.of(arguments[2]),
            arguments[3],
            Integer.parseInt(arguments[4]));
    try (bench.peers) {
      bench.peers.prepare();
      bench.measureSteps();
      bench.measureMachines();
      bench.measureWholeProcesses();
      bench.measureImport();
      bench.measureOutput();
    }
    System.out.println(new Table(bench.medians).markdown());
  }

  private void measureSteps() throws IOException, InterruptedException {
    Path one = pipeline("one", 1);
    Path many = pipeline("many", STEPS);
    for (int round = 0; round < rounds; round++) {
      double single = commands.millis(stepbox("run", "--output", "json", one.toString()));
      Commands.Finished finished =
          commands.run(stepbox("run", "--output", "json", many.toString()));
      medians.add("step", (finished.millis() - single) / (STEPS - 1));
      medians.add("step.start", medianStart(finished.text()));
      measureFloor(round);
      for (Map.Entry<String, String> peer : peers.oneRun().entrySet()) {
        int count = peer.getKey().equals("bwrap") ? 100 : 5;
        medians.add(peer.getKey(), commands.millisInLoop(count, peer.getValue()));
      }
    }
  }

  /** The first step waits for the boot of its virtual machine, the others find it running. */
  private void measureMachines() throws IOException, InterruptedException {
    Path directory = pipeline("machine", 5);
    for (int round = 0; round < rounds; round++) {
      String events =
          commands
              .run(stepbox("run", "--isolation", "vm", "--output", "json", directory.toString()))
              .text();
      List<Double> starts = starts(events);
      if (starts.size() < 2) {
        return; // it has no kernel to boot
      }
      String kind = events.contains("are emulated") ? "emulated" : "kvm";
      medians.add("machine.boot." + kind, starts.getFirst());
      medians.add("machine.step." + kind, median(starts.subList(1, starts.size())));
    }
  }

  private void measureFloor(int round) throws IOException, InterruptedException {
    Path directory = scratch.resolve("floor" + round);
    commands.millis(as(List.of("mkdir", directory.toString())));
    Commands.Finished finished =
        commands.run(
            as(
                List.of(
                    floor.toString(),
                    scratch.resolve("peer-root").toString(),
                    directory.toString(),
                    "100")));
    for (String line : finished.text().lines().toList()) {
      String[] words = line.split(" ");
      medians.add("floor." + words[0], Double.parseDouble(words[1]));
    }
  }

  private void measureWholeProcesses() throws IOException, InterruptedException {
    Path hello = stepbox.resolveSibling("examples").resolve("hello");
    commands.run(stepbox("run", hello.toString()));
    for (int round = 0; round < rounds; round++) {
      medians.add("hello", commands.millis(stepbox("run", hello.toString())));
      medians.add("plan", commands.millis(stepbox("plan", hello.toString())));
    }
  }

  private void measureImport() throws IOException, InterruptedException {
    if (!peers.hasDocker()) {
      return;
    }
    Path archive = scratch.resolve("archive.tar");
    String make =
        """
        set -e
        mkdir %1$s.d && cp %2$s/bin/true %1$s.d/true
        find /usr/lib /usr/bin -xdev -type f -size +8k | sort > %1$s.list
        total=0
        while read -r file && [ $total -lt %3$d ]; do
          total=$((total + $(stat --format=%%s "$file")))
          echo "$file"
        done < %1$s.list > %1$s.some
        tar --create --file %1$s.layer --files-from %1$s.some
        %4$s import %1$s.layer archive:latest
        %4$s save --output %1$s archive:latest
        chmod 0644 %1$s
        """
            .formatted(
                archive, scratch.resolve("peer-root"), ARCHIVE_MEBIBYTES << 20, peers.docker());
    commands.millis(List.of("/bin/bash", "-c", make));
    for (int round = 0; round < rounds; round++) {
      commands.run(List.of("/bin/sh", "-c", peers.docker() + " image rm archive:latest"));
      medians.add(
          "import.docker",
          commands.millis(List.of("/bin/sh", "-c", peers.docker() + " load --input " + archive)));
      medians.add(
          "import",
          commands.millis(
              stepbox("image", "import", "bench" + round, "docker-archive:" + archive)));
      commands.run(stepbox("image", "rm", "bench" + round));
      commands.run(stepbox("cache", "prune", "--all"));
    }
  }

  private void measureOutput() throws IOException, InterruptedException {
    Path flood = directory("flood");
    Files.writeString(
        flood.resolve("stepbox.yaml"),
        """
        stepbox: 1
        stages:
          - stage: Flood
            steps:
              - sh: yes 0123456789012345678901234567890123456789012345678901234567890 | head -c 1G
        """);
    Commands.Finished finished = commands.run(stepbox("run", "--output", "json", flood + ""));
    medians.add("flood.rate", 1024 / (finished.millis() / 1000));
    medians.add("flood.resident", finished.peakResidentBytes() / (1024.0 * 1024.0));
  }

  private Path pipeline(String name, int steps) throws IOException {
    Path directory = directory(name);
    StringBuilder text = new StringBuilder("stepbox: 1\nstages:\n  - stage: Steps\n    steps:\n");
    text.repeat("      - sh: \"true\"\n", steps);
    Files.writeString(directory.resolve("stepbox.yaml"), text);
    return directory;
  }

  private Path directory(String name) throws IOException {
    return Files.createDirectories(scratch.resolve("pipelines").resolve(name));
  }

  private static double medianStart(String events) {
    return median(starts(events));
  }

  /** In the order of the steps. */
  private static List<Double> starts(String events) {
    List<Double> starts = new ArrayList<>();
    Matcher matcher = START.matcher(events);
    while (matcher.find()) {
      starts.add(Double.parseDouble(matcher.group(1)));
    }
    return starts;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
  }

  private List<String> stepbox(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(stepbox.toString());
    command.addAll(List.of(arguments));
    return as(command);
  }

  private List<String> as(List<String> command) {
    List<String> whole = new ArrayList<>(asUser);
    whole.addAll(command);
    return whole;
  }
}
