package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole product in processes of its own: real sandboxes, the real store, real signals. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RealBuildIT {
  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void aStepRunsInASandboxOnTheSourceOfTheDirectory() throws IOException, InterruptedException {
    Files.writeString(stepbox.directory().resolve("greeting"), "good morning\n");
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Hello
            steps:
              - checkout: scm
              - sh: cat greeting; echo "pid $$"; test "$(ls /proc | grep -c '^[0-9]')" -lt 10
              - sh: mv greeting reply
              - archive: reply
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Hello ▸ good morning", "✔ build 1 succeeded");
    assertThat(stepbox.directory().resolve("greeting")).as("the user's tree").exists();
    assertThat(stepbox.call("cp", "1:reply", ".").out()).isEqualTo("copied 1 file\n");
    assertThat(stepbox.directory().resolve("reply")).hasContent("good morning\n");
    assertThat(stepbox.call("logs", "1/Hello/2").out()).startsWith("good morning\npid ");
    assertThat(stepbox.call("show", "1").out()).contains("kept\n  reply  13B");
  }

  @Test
  void aFailureIsToldLastWithItsPlaceAndItsMeaning() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Test
            steps:
              - sh: echo before; no-such-command
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .containsSubsequence(
            "✘ Test/1  echo before; no-such-command",
            "at       stepbox.yaml:5",
            "ended    exit code 127: a command was not found",
            "│ before",
            "stepbox logs 1/Test/1",
            "✘ build 1 failed in");
  }

  @Test
  void aCapThatIsReachedIsNamed() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Bomb
            steps:
              - sh: head -c 1G /dev/zero | tail -n 1
                caps: {memory: 32MiB}
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out()).contains("it reached its memory cap of 32M");
  }

  @Test
  void aDiskThatIsFilledAtOnceIsNamedToo() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Layer
            needs: []
            steps:
              - sh: fallocate -l 64M zeros
                caps: {disk: 8MiB}
          - stage: Cache
            needs: []
            steps:
              - sh: fallocate -l 64M ~/.cache/zeros
                cache: ~/.cache
                caps: {disk: 8MiB}
        """);
    Result run = stepbox.call("run", "--output", "json");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out().lines().filter(line -> line.contains("step.finished")))
        .hasSize(2)
        .allMatch(line -> line.contains("\"outcome\":\"killed\""))
        .allMatch(line -> line.contains("\"reason\":\"disk\""));
  }

  @Test
  void aSecretIsMaskedAndNeverOnDisk() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Deploy
            steps:
              - sh: echo "the token is $TOKEN"; echo "$TOKEN" | base64
        """);
    String value = "correct-horse-battery";
    Result run = stepbox.start(Map.of("TOKEN", value), "run", "--secret", "TOKEN").await();
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("the token is ****").doesNotContain(value);
    Process grep = new ProcessBuilder("grep", "-r", "-l", value, stepbox.home().toString()).start();
    assertThat(grep.inputReader().readLine()).isNull();
  }

  @Test
  void ctrlCStopsAStepThatObeysAndPostStepsRun() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: echo begun; exec sleep 600
            post:
              always:
                - sh: echo cleaned up
        """);
    Running run = stepbox.start("run");
    run.awaitText("Long ▸ begun");
    run.signal("INT");
    Result ended = run.await();
    assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(130);
    assertThat(ended.out()).contains("▸ cleaned up", "■ build 1 was stopped");
  }

  @Test
  void ctrlCTwiceKillsAStepThatDoesNotObey() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Deaf
            steps:
              - sh: |
                  trap '' TERM INT
                  echo begun
                  while true; do sleep 1; done
            post:
              always:
                - sh: echo cleaned up
        """);
    Running run = stepbox.start("run");
    run.awaitText("Deaf ▸ begun");
    run.signal("INT");
    run.awaitText("Ctrl-C again kills everything");
    run.signal("INT");
    Result ended = run.await();
    assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(130);
    assertThat(ended.out()).doesNotContain("▸ cleaned up");
  }

  @Test
  void aKilledEngineIsReplacedWithoutALineLostOrDoubled() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Count
            steps:
              - sh: for i in $(seq 1 60); do echo "line $i of 60"; sleep 0.1; done
              - sh: echo "after the count"
        """);
    Running run = stepbox.start("run");
    run.awaitText("line 10 of 60");
    run.process().destroyForcibly();
    run.await();
    assertThat(stepbox.call("builds").out()).contains("interrupted");

    Result attached = stepbox.call("attach", "1");

    assertThat(attached.exitCode()).as(attached.toString()).isZero();
    assertThat(attached.out()).contains("Count ▸ after the count");
    List<String> expected =
        IntStream.rangeClosed(1, 60).mapToObj("line %d of 60"::formatted).toList();
    assertThat(stepbox.call("logs", "1/Count/1").out().lines()).containsExactlyElementsOf(expected);
  }

  @Test
  void anOrphanCanBeCancelledAndLeavesNothing() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: echo begun; exec sleep 600
        """);
    Running run = stepbox.start("run");
    run.awaitText("Long ▸ begun");
    run.process().destroyForcibly();
    run.await();
    Result cancel = stepbox.call("cancel", "1", "--kill");
    assertThat(cancel.exitCode()).as(cancel.toString()).isZero();
    assertThat(cancel.out()).isEqualTo("build 1 was stopped\n");
    assertThat(stepbox.call("builds", "--output", "json").out())
        .contains("\"outcome\":\"aborted\"");
  }

  @Test
  void anOrphanWithSecretsCanBeCancelledWithoutThem() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: |
                  trap 'echo "the token is $TOKEN"; exit 1' TERM
                  echo begun
                  sleep 600 & wait
            post:
              always:
                - sh: echo cleaned up
        """);
    String value = "correct-horse-battery";
    Running run = stepbox.start(Map.of("TOKEN", value), "run", "--secret", "TOKEN");
    run.awaitText("Long ▸ begun");
    run.process().destroyForcibly();
    run.await();

    Result cancel = stepbox.call("cancel", "1");

    assertThat(cancel.exitCode()).as(cancel.toString()).isZero();
    assertThat(cancel.out()).isEqualTo("build 1 was stopped\n");
    assertThat(cancel.err())
        .isEqualTo("build 1 has secrets: it is killed, without its post steps\n");
    assertThat(stepbox.call("builds", "--output", "json").out())
        .contains("\"outcome\":\"aborted\"");
    assertThat(stepbox.home().resolve("builds/1/run")).doesNotExist();
    Process grep = new ProcessBuilder("grep", "-r", "-l", value, stepbox.home().toString()).start();
    assertThat(grep.inputReader().readLine()).isNull();
  }

  @Test
  void anOrphanWithSecretsRunsItsPostStepsWhenTheyAreGiven()
      throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: echo begun; exec sleep 600
            post:
              always:
                - sh: echo "cleaned up with $TOKEN"
        """);
    Map<String, String> secret = Map.of("TOKEN", "correct-horse-battery");
    Running run = stepbox.start(secret, "run", "--secret", "TOKEN");
    run.awaitText("Long ▸ begun");
    run.process().destroyForcibly();
    run.await();
    Result cancel = stepbox.start(secret, "cancel", "1", "--secret", "TOKEN").await();
    assertThat(cancel.out()).as(cancel.toString()).isEqualTo("build 1 was stopped\n");
    assertThat(stepbox.call("logs", "1").out()).contains("cleaned up with ****");
  }

  @Test
  void aSourceThatCannotBeTakenStopsOnlyThoseWhoWantIt() throws IOException, InterruptedException {
    Path secret = Files.createFile(stepbox.directory().resolve("unreadable"));
    Files.setPosixFilePermissions(secret, Set.of());
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Code
            needs: []
            steps:
              - checkout: scm
          - stage: Other
            needs: []
            steps:
              - sh: echo alone
        post:
          always:
            - sh: echo notified
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isIn(1, 5);
    assertThat(run.out()).contains("Other ▸ alone", "▸ notified");
  }

  @Test
  void anotherTerminalFollowsTheLogAndStopsTheBuild() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: echo begun; sleep 1; echo still here; exec sleep 600
        """);
    Running run = stepbox.start("run");
    run.awaitText("Long ▸ begun");
    Running logs = stepbox.start("logs", "1", "--follow");
    logs.awaitText("still here");
    Result cancel = stepbox.call("cancel", "1");
    assertThat(cancel.exitCode()).as(cancel.toString()).isZero();
    assertThat(run.await().exitCode()).isEqualTo(130);
    assertThat(logs.await().out()).isEqualTo("begun\nstill here\n");
  }

  @Test
  void anImageIsImportedUsedAndForgotten() throws IOException, InterruptedException {
    Path root = TinyRoot.of(stepbox.folder().resolve("root"), "/bin/sh");
    String archive = stepbox.folder().resolve("root.tar").toString();
    Process tar = new ProcessBuilder("tar", "-C", root.toString(), "-cf", archive, ".").start();
    assertThat(tar.waitFor()).isZero();

    Result load = stepbox.call("image", "import", "tiny", "rootfs:" + archive);
    assertThat(load.exitCode()).as(load.toString()).isZero();
    assertThat(stepbox.call("image", "ls").out()).contains("tiny");
    stepbox.pipeline(
        """
        stepbox: 1
        agent: {image: tiny}
        stages:
          - stage: Look
            steps:
              - sh: echo /bin/*
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Look ▸ /bin/sh");

    assertThat(stepbox.call("image", "rm", "tiny").exitCode()).isZero();
    assertThat(stepbox.call("image", "ls").out()).startsWith("no images");
    assertThat(stepbox.call("run").exitCode()).isEqualTo(5);
    assertThat(stepbox.call("cache", "df", "--output", "json").out()).startsWith("{\"bytes\":");
    assertThat(stepbox.call("cache", "prune").exitCode()).isZero();
  }

  @Test
  void doctorSaysThatThisMachineIsolates() throws IOException, InterruptedException {
    Result doctor = stepbox.call("doctor", "--output", "json");
    assertThat(doctor.exitCode()).as(doctor.toString()).isZero();
    assertThat(doctor.out()).startsWith("{\"rung\":\"L").contains("\"name\":\"overlay\"");
  }

  @Test
  void eventsAsJsonBeginAndEndAsPromised() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Hello
            steps:
              - sh: echo hello
        """);
    Result run = stepbox.call("run", "--output", "json");
    List<String> lines = run.out().lines().toList();
    assertThat(lines).allMatch(line -> line.startsWith("{\"event\":\""));
    assertThat(lines.getFirst()).contains("\"event\":\"build.started\"", "\"build\":1");
    assertThat(lines.getLast())
        .contains("\"event\":\"build.finished\"", "\"outcome\":\"succeeded\"");
    assertThat(lines)
        .filteredOn(line -> line.contains("step.finished"))
        .allMatch(line -> line.contains("\"startMs\":") && line.contains("\"memoryPeakBytes\":"));
  }
}
