package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The words of the pipeline language and the options of a run, together and for real. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class WholePipelineIT {
  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void aPipelineOfMostWordsDoesWhatItSays() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        environment: {GREETING: from the file}
        caps: {memory: 256MiB, pids: 64}
        stages:
          - stage: Make
            steps:
              - sh: {script: '[[ -n $BASH_VERSION ]] && echo "in bash"', shell: bash}
              - sh: mkdir -p out && echo one > out/a && echo two > out/b
              - stash: {name: results, includes: [out/**]}
              - archive: out/a
          - stage: Sides
            needs: [Make]
            parallel:
              - stage: alone
                steps:
                  - sh: tail -n +3 /proc/net/dev | cut -d ':' -f 1 | tr -d ' '
                    network: none
              - stage: small
                steps:
                  - sh: grep . /sys/fs/cgroup/pids.max || cat /proc/self/cgroup | wc -l
                    caps: {pids: 16}
          - stage: Cells
            needs: [Make]
            matrix:
              axes: {A: [x, y], B: [p, q]}
              exclude: [{A: [y], B: [q]}]
            steps:
              - sh: echo "cell $A$B $GREETING"
          - stage: Never
            when: {branch: no-such-branch}
            steps:
              - sh: echo never
          - stage: End
            needs: [Sides, Cells, Never]
            steps:
              - sh: rm -rf out
              - unstash: results
              - sh: cat out/a out/b; false
            post:
              failure:
                - sh: echo "the stage failed"
              always:
                - sh: echo "the stage is over"
        post:
          cleanup:
            - sh: echo "cleaned up"
        """);

    Result run = stepbox.call("run", "--env", "GREETING=from the caller");

    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out())
        .contains("Make ▸ in bash", "Sides / alone ▸ lo")
        .contains("cell xp from the caller", "cell xq from", "cell yp from")
        .doesNotContain("cell yq", "▸ never")
        .containsSubsequence("End ▸ one", "End ▸ two")
        .containsSubsequence("▸ the stage is over", "▸ the stage failed", "▸ cleaned up");
    Result attached = stepbox.call("attach", "1");
    assertThat(attached.exitCode()).as(attached.toString()).isEqualTo(1);
    assertThat(attached.out()).contains("▸ cleaned up", "build 1 failed");
  }

  @Test
  void thePostBlockOfAParallelStageSeesWhatAllBranchesLeft()
      throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Base
            steps:
              - sh: echo base > base
          - stage: Sides
            parallel:
              - stage: left
                steps: [{sh: echo left > left}]
              - stage: right
                steps: [{sh: echo right > right; false}]
            post:
              always:
                - sh: cat base left right
              failure:
                - sh: echo "a side failed"
              success:
                - sh: echo "both sides are well"
          - stage: Clash
            needs: [Base]
            parallel:
              - stage: left
                steps: [{sh: echo left > base}]
              - stage: right
                steps: [{sh: echo right > base}]
            post:
              failure:
                - sh: echo "it was $(cat base)"
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out())
        .containsSubsequence(
            "Sides / (post) ▸ base", "Sides / (post) ▸ left", "Sides / (post) ▸ right")
        .contains("Sides / (post) ▸ a side failed", "Clash / (post) ▸ it was base")
        .doesNotContain("both sides are well");
    assertThat(stepbox.call("show", "1").out())
        .containsPattern("Clash / \\(post\\)[^\n]*Clash / left[^\n]*Clash / right");
  }

  @Test
  void aCommitIsBuiltAsItWasAndTheDirectoryAsItIs() throws IOException, InterruptedException {
    Files.writeString(stepbox.directory().resolve("file"), "committed\n");
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Look
            steps:
              - checkout: scm
              - sh: cat file; echo "at ${GIT_COMMIT:-none}"
        """);
    String commit = commitAll();
    Files.writeString(stepbox.directory().resolve("file"), "changed\n");

    assertThat(stepbox.call("run").out()).contains("Look ▸ changed");
    Result past = stepbox.call("run", "--commit", "HEAD");

    assertThat(past.exitCode()).as(past.toString()).isZero();
    assertThat(past.out()).contains("Look ▸ committed", "Look ▸ at " + commit);
    Result missing = stepbox.call("run", "--commit", "0123456789012345678901234567890123456789");
    assertThat(missing.exitCode()).as(missing.toString()).isEqualTo(5);
    assertThat(missing.err()).contains("0123456789012345678901234567890123456789");
  }

  private String commitAll() throws IOException, InterruptedException {
    git("init", "--quiet", "--initial-branch", "main");
    git("add", "--all");
    git("-c", "user.name=n", "-c", "user.email=e@example", "commit", "--quiet", "-m", "first");
    return git("rev-parse", "HEAD").strip();
  }

  private String git(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(words));
    Process git = new ProcessBuilder(command).directory(stepbox.directory().toFile()).start();
    String out = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(git.waitFor()).as(command.toString()).isZero();
    return out;
  }

  @Test
  void severalRunsShareOneStoreWhileAnotherProcessPrunesIt()
      throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: One
            steps:
              - sh: echo "$STEPBOX_BUILD" > mine; sleep 1
                cache: [shared]
          - stage: Two
            steps:
              - sh: test "$(cat mine)" = "$STEPBOX_BUILD"
        """);
    List<Running> runs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      runs.add(stepbox.start("run"));
    }
    runs.getFirst().awaitText("One");
    Result pruned = stepbox.call("cache", "prune", "--all");
    assertThat(pruned.exitCode()).as(pruned.toString()).isZero();
    for (Running run : runs) {
      Result result = run.await();
      assertThat(result.exitCode()).as(result.toString()).isZero();
    }
    assertThat(stepbox.call("builds").out()).containsPattern("3 ").containsPattern("1 ");
  }
}
