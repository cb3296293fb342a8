package dev.stepbox.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.stepbox.isolation.linux.Invariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every example ends as its README says, in the real sandbox, and leaves nothing. */
@ExtendWith(Invariants.class)
class ExamplesIT {
  private static Path scratch;
  private static Stepbox stepbox;

  @BeforeAll
  static void makeAHome() throws IOException {
    scratch = Files.createTempDirectory(Path.of("/var/tmp"), "stepbox-examples");
    stepbox = new Stepbox(scratch.resolve("home"), scratch);
  }

  @AfterAll
  static void removeTheHome() throws IOException, InterruptedException {
    Stepbox.Result pruned = stepbox.call("cache", "prune", "--all");
    assertThat(pruned.exitCode()).as("%s", pruned).isZero();
    new ProcessBuilder("rm", "--recursive", "--force", scratch.toString()).start().waitFor();
    assertThat(scratch).as("what pruning could not remove").doesNotExist();
  }

  @Test
  void helloSaysHello() throws Exception {
    Stepbox.Result result = run("hello");
    assertSucceeded(result);
    assertThat(result.events().outcome()).isEqualTo("succeeded");
    assertThat(stepbox.call("logs", result.events().build()).out()).contains("Hello from ");
  }

  @Test
  void graphOverlapsItsChainsAndMergesTheirFiles() throws Exception {
    Stepbox.Result result = run("graph");
    assertSucceeded(result);
    assertThat(result.events().stepsOf("Matrix [FILE=two, TOOL=cksum]")).isEmpty();
    assertThat(result.events().of("stage.skipped"))
        .anyMatch(line -> line.contains("\"Publish\"") && line.contains("release/*"));
    Instant reportStarted = started(result.events(), "Report");
    Instant sortStarted = started(result.events(), "Sort");
    assertThat(Duration.between(reportStarted, sortStarted).abs())
        .isLessThan(Duration.ofSeconds(1));
    assertThat(stepbox.call("logs", result.events().build() + "/Together").out())
        .contains("one.txt has 9 words");
  }

  @Test
  void capsEndTheGuiltyStepsAndNobodyElse() throws Exception {
    Stepbox.Result result = run("caps");
    assertThat(result.exitCode()).as("%s", result).isEqualTo(1);
    Events events = result.events();
    assertThat(events.reasonIn("Memory bomb")).contains("oom");
    assertThat(events.reasonIn("Fork bomb")).contains("pids");
    assertThat(events.reasonIn("Endless")).contains("timeout");
    assertThat(events.reasonIn("Disk fill")).contains("disk");
    assertThat(events.stepsOf("Neighbour")).allMatch(line -> line.contains("\"succeeded\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void throughARuntimeExamplesEndAsTheyDoWithout(String runtime) throws Exception {
    Stepbox.Result hello = runThrough(runtime, "hello");
    assertThat(hello.exitCode()).as("%s", hello).isZero();
    assertThat(stepbox.call("logs", hello.events().build()).out()).contains("Hello from stepbox");
    assertThat(hello.events().of("announcement"))
        .anyMatch(line -> line.contains("\"runtime\"") && line.contains("/" + runtime));
    Stepbox.Result graph = runThrough(runtime, "graph");
    assertThat(graph.exitCode()).as("%s", graph).isZero();
    assertThat(stepbox.call("logs", graph.events().build() + "/Together").out())
        .contains("one.txt has 9 words");
    Stepbox.Result caps = runThrough(runtime, "caps");
    assertThat(caps.exitCode()).as("%s", caps).isEqualTo(1);
    assertThat(caps.events().reasonIn("Memory bomb")).contains("oom");
    assertThat(caps.events().reasonIn("Fork bomb")).contains("pids");
    assertThat(caps.events().reasonIn("Endless")).contains("timeout");
    assertThat(caps.events().reasonIn("Disk fill")).contains("disk");
    assertThat(caps.events().stepsOf("Neighbour")).allMatch(line -> line.contains("\"succeeded\""));
  }

  @Test
  void mavenFetchesOnceAndTheSecondRunFindsItsCache() throws Exception {
    Stepbox.Result first = run("maven");
    assertSucceeded(first);
    Stepbox.Result second = run("maven");
    assertSucceeded(second);
    String log = stepbox.call("logs", second.events().build()).out();
    assertThat(log).contains("2026 = MMXXVI").doesNotContain("Downloading from");
  }

  @Test
  void selfBuildsAndTestsStepboxInItsOwnSandbox() throws Exception {
    Stepbox.Result result = run("self");
    assertSucceeded(result);
    assertThat(stepbox.call("logs", result.events().build() + "/Test").out())
        .contains("BUILD SUCCESS");
  }

  @Test
  void debianPackageIsBuiltThroughAKilledEngine() throws Exception {
    Path image = scratch.resolve("debian.tar");
    Process made =
        new ProcessBuilder(
                "mmdebstrap",
                "--quiet",
                "--variant=buildd",
                "--include=ca-certificates",
                "bookworm",
                image.toString())
            .inheritIO()
            .start();
    assertThat(made.waitFor()).as("mmdebstrap").isZero();
    Stepbox.Result imported = stepbox.call("image", "import", "debian-bookworm", "rootfs:" + image);
    assertThat(imported.exitCode()).as("%s", imported).isZero();

    Stepbox.Running running =
        stepbox.start("run", "--output", "json", Stepbox.example("debian-package"));
    Eventually.within(
        Duration.ofMinutes(15),
        "the build step starts",
        () ->
            running
                .outSoFar()
                .lines()
                .anyMatch(line ->
                    line.contains("\"event\":\"step.started\"")
                        && line.contains("\"stage\":\"Build\"")
                        && line.contains("\"step\":1")));
    running.process().destroyForcibly().waitFor();
    String build = new Events(running.outSoFar().lines().toList()).build();

    Stepbox.Result attached = stepbox.call("attach", "--output", "json", build);
    assertSucceeded(attached);
    assertThat(attached.events().outcome()).isEqualTo("succeeded");
    assertThat(stepbox.call("logs", build + "/Install").out()).contains("42");
  }

  private static Stepbox.Result run(String example) throws IOException, InterruptedException {
    return stepbox.call("run", "--output", "json", Stepbox.example(example));
  }

  /** The home goes with the tests, so what a failed build printed has to be told at once. */
  private static void assertSucceeded(Stepbox.Result result)
      throws IOException, InterruptedException {
    if (result.exitCode() != 0) {
      String log = stepbox.call("logs", result.events().build()).out();
      fail("%s%n--- log of the build%n%s", result, log);
    }
  }

  private static Stepbox.Result runThrough(String runtime, String example)
      throws IOException, InterruptedException {
    return stepbox.call("run", "--output", "json", "--runtime", runtime, Stepbox.example(example));
  }

  private static Instant started(Events events, String stage) {
    return events.of("stage.started").stream()
        .filter(line -> Events.field(line, "stage").map(stage::equals).orElse(false))
        .map(line -> Instant.parse(Events.field(line, "time").orElseThrow()))
        .findFirst()
        .orElseThrow();
  }
}
