package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What steps print and leave behind may be of any size and shape. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RudeStepsIT {
  private static final int SHOWN_LINE_MAX = 20_000;

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void aLineOfTwoGigabytesIsKeptInFullAndShownInPart() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        caps: {memory: 6GiB} # where the home lies in memory, what a step prints is its memory
        stages:
          - stage: Line
            steps:
              - sh: head -c 2G /dev/zero | tr '\\0' x; echo; echo "after it"
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Line ▸ xxxxxxxx", "Line ▸ after it");
    assertThat(run.out().lines()).allMatch(line -> line.length() < SHOWN_LINE_MAX);
    Path log = stepbox.home().resolve("builds/1/logs/1-line/0.log");
    assertThat(Files.size(log)).isEqualTo((2L << 30) + "\nafter it\n".length());
  }

  @Test
  void aHundredThousandFilesAndAClosedDirectoryReachTheNextStage()
      throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Make
            steps:
              - sh: mkdir many && cd many && seq 1 100000 | xargs touch
              - sh: mkdir closed && echo here > closed/f && chmod 0 closed
              - sh: mkfifo pipe && ln -s nowhere link
          - stage: Look
            steps:
              - sh: ls many | wc -l; stat --format=%a closed; cat closed/f; readlink link
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .containsSubsequence(
            "Look ▸ 100000", "Look ▸ 0", "Look ▸ here", "Look ▸ nowhere", "✔ build 1 succeeded");
  }

  @Test
  void aStepThatMakesFilesWithoutEndIsEndedAtItsDiskCap() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        caps: {disk: 1GiB}
        stages:
          - stage: Files
            steps:
              - sh: "i=0; while true; do : > $i; i=$((i + 1)); done"
                timeout: 2m
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out()).contains("it reached its disk cap of 1G or 65536 files");
  }

  @Test
  void controlSequencesOfAStepDoNotReachTheTerminal() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Binary
            steps:
              - sh: printf 'a\\033]0;title\\007b\\033[2Jc\\000\\377\\n'; head -c 100000 /dev/urandom
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Binary ▸ abc").doesNotContain("\u001b", "\u0007", "\u0000");
  }

  @Test
  void aStepThatDaemonisesEndsWithItsMainProcess() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Away
            steps:
              - sh: |
                  setsid sh -c 'trap "" TERM HUP; sleep 600' </dev/null >/dev/null 2>&1 &
                  echo gone
              - sh: ls /proc | grep -c '^[0-9]'
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Away ▸ gone");
  }

  @Test
  void aProgramThatCannotBeExecutedFailsItsStepAlone() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Absent
            needs: []
            steps: [{sh: "#!/usr/bin/nope\\n"}, {sh: echo skipped}]
            post: {always: [{sh: echo "after it"}]}
          - {stage: Windows, needs: [], steps: [{sh: "#!/bin/bash\\r\\necho never"}]}
          - {stage: Text, needs: [], steps: [{sh: "#!/etc/passwd\\n"}]}
          - {stage: Other, needs: [], steps: [{sh: sleep 1; echo "not touched"}]}
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out())
        .contains(
            "exit code 127: cannot execute '/usr/bin/nope', which the first line of the script"
                + " asks for: no such file in image 'host'",
            "exit code 127: cannot execute '/bin/bash\\r'",
            "as on Windows",
            "exit code 126: cannot execute '/etc/passwd'",
            "Absent ▸ after it",
            "Other ▸ not touched",
            "✘ build 1 failed")
        .doesNotContain("Absent ▸ skipped");
    assertThat(stepbox.call("show", "1").out()).contains("cannot execute '/usr/bin/nope'");
  }
}
