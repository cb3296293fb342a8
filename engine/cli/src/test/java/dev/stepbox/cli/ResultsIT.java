package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What builds left behind, and how long. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ResultsIT {
  private static final String WRITES =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - checkout: scm
            - sh: mkdir -p out/deep; echo WORD > out/deep/result; rm gone
            - sh: ln -s /etc/passwd out/link
            - sh: echo other > out/other; chown 7:7 out/other; chmod 600 out/other
        - stage: "Test: unit"
          steps:
            - sh: echo tested > report; exit 3
      """;

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  private Result run(String word) throws IOException, InterruptedException {
    Files.writeString(stepbox.directory().resolve("gone"), "x");
    stepbox.pipeline(WRITES.replace("WORD", word));
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    return run;
  }

  @Test
  void aBuildIsRemovedWithAllThatItKeptAndItsNumberIsNotUsedAgain()
      throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Build
            steps:
              - sh: head -c 3M /dev/zero > file
              - archive: file
              - stash: all
        """);
    assertThat(stepbox.call("run").exitCode()).isZero();
    assertThat(stepbox.home().resolve("builds/1/stashes")).as("after the end").doesNotExist();
    assertThat(stepbox.call("cache", "df").out())
        .containsPattern("beside the store: 3[.0-9]*M in 1 build\n");
    assertThat(stepbox.call("builds", "rm", "--older-than", "1d").out())
        .isEqualTo("nothing to remove\n");

    Result removed = stepbox.call("builds", "rm", "1");
    assertThat(removed.out()).as(removed.toString()).startsWith("removed build 1\nfreed 3");
    assertThat(stepbox.call("builds").out()).startsWith("no builds yet");
    Result copy = stepbox.call("cp", "1/Build:", "copy");
    assertThat(copy.exitCode()).isEqualTo(2);
    assertThat(stepbox.call("cache", "prune").out()).contains("removed layer");
    assertThat(stepbox.call("run").out()).contains("✔ build 2 succeeded");
    assertThat(stepbox.call("builds", "rm", "--older-than", "0h").out()).contains("build 2\n");
  }

  @Test
  void aBuildThatIsNotOverIsNotRemoved() throws IOException, InterruptedException {
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
    Result running = stepbox.call("builds", "rm", "1");
    assertThat(running.exitCode()).as(running.toString()).isEqualTo(2);
    assertThat(running.err()).contains("it is not over. Stop it with 'stepbox cancel 1' first.");
    assertThat(stepbox.call("builds", "rm", "--older-than", "0d").out())
        .isEqualTo("nothing to remove\n");
    run.process().destroyForcibly();
    run.await();
    assertThat(stepbox.call("builds", "rm", "1").exitCode()).as("interrupted").isEqualTo(2);
    assertThat(stepbox.call("cancel", "1", "--kill").exitCode()).isZero();
    assertThat(stepbox.call("builds", "rm", "1").exitCode()).isZero();
  }

  @Test
  void aPipeIsCopiedOutAsAPipeWithoutAWordOfTheLibraryThatMakesIt()
      throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Build
            steps:
              - sh: mkfifo --mode=620 pipe
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    Result copy = stepbox.call("cp", "1/Build:", "copy");
    assertThat(copy.out()).as(copy.toString()).isEqualTo("copied 1 file\n");
    assertThat(copy.err()).isEmpty();
    Path pipe = stepbox.directory().resolve("copy/pipe");
    assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther()).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(pipe)))
        .isEqualTo("rw--w----");
  }

  private void assertGone(String from) throws IOException, InterruptedException {
    Result copy = stepbox.call("cp", from, "copy");
    assertThat(copy.exitCode()).as(copy.toString()).isEqualTo(2);
    assertThat(copy.err())
        .contains("the store has removed it", "Run the build again", "'archive' step. [E006]");
  }

  @Test
  void theWorkspaceOfAStageComesOutAlsoOfOneThatFailed() throws IOException, InterruptedException {
    run("first");
    Path copy = stepbox.directory().resolve("copy");

    Result all = stepbox.call("cp", "1/Build:", "copy");
    assertThat(all.out()).as(all.toString()).isEqualTo("copied 4 files\n");
    assertThat(copy.resolve("out/deep/result")).hasContent("first\n");
    assertThat(copy.resolve("out/other")).as("a file of another id").hasContent("other\n");
    assertThat(copy.resolve("gone")).doesNotExist();
    assertThat(Files.readSymbolicLink(copy.resolve("out/link"))).hasToString("/etc/passwd");
    assertThat(stepbox.directory().resolve("gone")).as("the user's own").exists();

    assertThat(stepbox.call("cp", "1/Test: unit:report", ".").exitCode()).isZero();
    assertThat(stepbox.directory().resolve("report")).hasContent("tested\n");
    Result none = stepbox.call("cp", "1/Build:report", ".");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("nothing is there in the workspace");
    Result typo = stepbox.call("cp", "1/Biuld:report", ".");
    assertThat(typo.exitCode()).isEqualTo(2);
    assertThat(typo.err()).contains("Did you mean 'Build'?");
    // This user cannot remove the file of another id; the store can.
    assertThat(stepbox.call("cache", "prune", "--all").exitCode()).isZero();
  }

  @Test
  void theLastBuildOfAPipelineIsKeptFromPruneAndEarlierOnesAreNot()
      throws IOException, InterruptedException {
    run("first");
    run("second");
    Result prune = stepbox.call("cache", "prune");
    assertThat(prune.exitCode()).as(prune.toString()).isZero();
    assertThat(stepbox.call("cp", "2/Build:out/deep/result", "copy").exitCode()).isZero();
    assertThat(stepbox.directory().resolve("copy")).hasContent("second\n");
    assertGone("1/Build:out/deep/result");

    assertThat(stepbox.call("cache", "prune", "--all").exitCode()).isZero();
    assertGone("2/Build:out/deep/result");
  }

  @Test
  void noCopyIsWrittenThroughALinkOfTheCheckout() throws IOException, InterruptedException {
    Path checkout = stepbox.directory();
    Path victim = Files.createDirectory(checkout.resolve("victim"));
    Files.createSymbolicLink(checkout.resolve("out"), victim);
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Build
            steps:
              - checkout: scm
              - sh: rm out; mkdir -p out/deep; echo KEY > out/deep/authorized_keys
              - archive: out/**
        """);
    assertThat(stepbox.call("run").exitCode()).isZero();
    for (String from : new String[] {"1:", "1:out", "1/Build:out", "1/Build:out/deep"}) {
      Files.createSymbolicLink(checkout.resolve("deep"), victim);
      Result copy = stepbox.call("cp", from, ".");
      assertThat(copy.exitCode()).as(copy.toString()).isZero();
      assertThat(victim).as(from).isEmptyDirectory();
      List<String> copies = List.of("rm", "--recursive", "--force", "out", "deep");
      new ProcessBuilder(copies).directory(checkout.toFile()).start().waitFor();
      Files.createSymbolicLink(checkout.resolve("out"), victim);
    }
    assertThat(stepbox.call("cp", "1:out/deep", "out").exitCode()).isZero();
    assertThat(victim.resolve("deep/authorized_keys")).as("named by the user").exists();
  }

  @Test
  void noWordOfAPipelineSteersTheTerminal() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        environment: {TITLE: "\\e]0;owned\\a"}
        stages:
          - stage: Build
            steps:
              - sh: "false \\e]52;c;cHduZWQ=\\a\\e[2J\\u202E\\n\\e[8mtrue"
        """);
    for (String command : new String[] {"plan", "run", "lint"}) {
      Result said = stepbox.call(command);
      assertThat(said.out() + said.err())
          .as(said.toString())
          .doesNotContain("\u001b", "\u0007", "\u202e");
    }
    Result shown = stepbox.call("show", "1");
    assertThat(shown.out()).as(shown.toString()).doesNotContain("\u001b]", "\u001b[2J", "\u202e");
    Result failed = stepbox.call("run");
    assertThat(failed.out()).contains("\\u001b]52;c;cHduZWQ=\\u0007\\u001b[2J\\u202e");
  }
}
