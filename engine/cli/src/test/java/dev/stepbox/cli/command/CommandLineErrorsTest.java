package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.exit.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineErrorsTest {
  @TempDir private Path folder;

  private CliRun run(String line) {
    return CliRun.in(folder).run(line.split(" ", -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "rnu | unknown command 'rnu' | Did you mean 'run'?",
        "xyzzy | unknown command 'xyzzy' | ",
        "--quiet run | unknown option '--quiet' | Options come after the command.",
        "run --parm A=b | unknown option '--parm' | Did you mean '--param'?",
        "run a b | unexpected argument 'b' | ",
        "run --param | missing required parameter for option '--param' (NAME=VALUE) | ",
        "run --param A | --param cannot be 'A': it has no name and value "
            + "| Write it as --param NAME=VALUE.",
        "run --param A=1 --param A=2 | --param gives 'A' twice | Leave one of them out.",
        "run --env =x | --env cannot be '=x': it has no name "
            + "| Write it as --env NAME=VALUE, or export it first.",
        "run --env NOT_HERE | --env NOT_HERE: there is no variable 'NOT_HERE' here "
            + "| Write it as --env NAME=VALUE, or export it first.",
        "run --env A-B=1 | --env cannot be 'A-B=1': 'A-B' is no name of a variable "
            + "| Use letters, digits and '_', and no digit at the start.",
        "plan --dot --output json | --dot does not go with --output json | Leave one of them out.",
        "doctor --fix --output json | --fix does not go with --output json "
            + "| Leave one of them out.",
        "image import host rf.tar | 'host' has a meaning of its own in a pipeline "
            + "| Take another name, for example 'debian:bookworm'.",
        "image import rootfs:x rf.tar | 'rootfs:x' has a meaning of its own in a pipeline "
            + "| Take another name, for example 'debian:bookworm'.",
        "run --secret NOT_HERE | --secret NOT_HERE: there is no variable 'NOT_HERE' here "
            + "| Export it first.",
        "run --secret A=b | --secret takes the name of a variable, not its value "
            + "| A value here would be seen by every user of this machine, and kept by the shell.",
        "run --parallel 0 | --parallel cannot be '0' | Give a number from 1 to 64.",
        "run --parallel 65 | --parallel cannot be '65' | Give a number from 1 to 64.",
        "run --runtime youki | --runtime cannot be 'youki' | Give 'crun' or 'runc'.",
        "run --runtime crun --isolation vm | --runtime goes with containers, and not with"
            + " '--isolation vm' | A virtual machine makes its containers itself. Give one of the"
            + " two.",
        "run --parallel x | --parallel cannot be 'x' | Give a number from 1 to 64.",
        "lint --output jsno | --output cannot be 'jsno' | Did you mean 'json'?",
        "lint --output xml | --output cannot be 'xml' | Use one of: text, json.",
        "image | what to do is missing | Use one of: import, ls, rm.",
        "image lss | unexpected argument 'lss' | Did you mean 'ls'?",
        "cp 17 . | cannot copy '17': it names no build "
            + "| Write it as BUILD:PATH, for example 17:target/app.jar.",
        "cp /a:b . | cannot copy '/a:b': it names no build "
            + "| Write it as BUILD:PATH, for example 17:target/app.jar.",
        "run --allow-path nowhere | --allow-path cannot be 'nowhere': there is no such file or "
            + "directory | Give the file, or a directory that it lies below.",
        "builds rm | which builds to remove is missing "
            + "| Give their numbers, or --older-than AGE.",
        "builds rm --older-than 30 | --older-than cannot be '30' "
            + "| Write a whole number of days or hours, for example 30d or 12h.",
        "show | missing required parameter: 'BUILD' | ",
        "completion fihs | the shell cannot be 'fihs' | Did you mean 'fish'?",
      })
  void aMistakeIsToldInThreeOrFourLines(String line, String message, String remedy) {
    CliRun run = run(line);
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines().findFirst().orElseThrow()).endsWith(": " + message);
    assertThat(run.err()).contains("\nUsage: stepbox ").containsPattern("\nTry '.*--help'\\.\n$");
    if (remedy != null) {
      assertThat(run.err()).contains("\n  " + remedy + "\n");
    }
    assertThat(run.err().lines()).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void everyUnusableSecretIsToldAtOnce() {
    CliRun run =
        CliRun.in(folder).with("SHORT", "abc").run("run", "--secret", "SHORT", "--secret", "X");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .contains("--secret SHORT: its value has 3 characters, and only 4 to 65536 can be masked")
        .contains("--secret X: there is no variable 'X' here");
  }

  @Test
  void aWrongSettingIsNoMistakeOfTheCommand() {
    CliRun run = CliRun.in(folder).with("STEPBOX_HOME", "x").run("builds");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            """
            stepbox builds: cannot use STEPBOX_HOME='x': it is not an absolute path
              Set it to a directory such as /var/tmp/stepbox, or unset it.
            """);
  }

  @Test
  void wrongSettingsOfMachinesAndOfTheLogAreToldAtOnce() {
    CliRun run =
        CliRun.in(folder)
            .with("STEPBOX_KERNEL", "nope")
            .with("STEPBOX_KVM", "kvm")
            .with("STEPBOX_LOG", "loud")
            .run("builds");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .contains(
            "cannot use STEPBOX_KERNEL='nope': it is no absolute path of a directory",
            "cannot use STEPBOX_KVM='kvm': it is no absolute path",
            "cannot use STEPBOX_LOG='loud'");
  }

  @Test
  void whatAStepHasOfItsOwnIsInThePlan() throws IOException {
    Files.writeString(
        folder.resolve("stepbox.yaml"),
        """
        stepbox: 1
        stages:
          - stage: A
            steps:
              - {sh: {script: make, tty: true}, network: none, nesting: true, cache: [/root/.m2]}
        post: {always: [{sh: echo over}]}
        """);
    assertThat(run("plan").out())
        .contains("stepbox.yaml: 2 stages", "make  network none; cache /root/.m2; tty; nesting");
    assertThat(run("plan --output json").out())
        .contains("\"network\":\"none\",\"cache\":[\"/root/.m2\"],\"tty\":true,\"nesting\":true");
  }

  @Test
  void anInvalidPipelineIsTheSameObjectForEveryCommand() throws IOException {
    Files.writeString(folder.resolve("stepbox.yaml"), "stepbox: 1\nstages: 7\n");
    CliRun lint = run("lint --output json");
    assertThat(lint.out()).startsWith("{\"file\":\"stepbox.yaml\",\"valid\":false,");
    for (String command : List.of("run", "plan")) {
      CliRun other = run(command + " --output json");
      assertThat(other.code()).isEqualTo(ExitCode.INVALID_PIPELINE);
      assertThat(other.out()).isEqualTo(lint.out());
      assertThat(other.err()).contains("stepbox.yaml has 1 error").doesNotContain("-->");
    }
  }

  @Test
  void aPlanAndItsBuildCountStagesAlike() throws IOException {
    Files.writeString(
        folder.resolve("stepbox.yaml"),
        """
        stepbox: 1
        stages:
          - {stage: A, steps: [{sh: "true"}]}
          - {stage: B, needs: [], steps: [{sh: "true"}]}
        post: {always: [{sh: echo over}]}
        """);
    String count = "3 stages, 1 of them skipped, 2 steps";
    assertThat(run("plan --stage B").out()).contains("stepbox.yaml: " + count + "\n");
    assertThat(run("run --dry-run --stage B").out()).contains("stepbox.yaml: " + count + "\n");
  }

  @ParameterizedTest
  @CsvSource({"run", "plan", "lint"})
  void withoutAPipelineTheFirstOneIsShown(String command) {
    CliRun run = run(command);
    assertThat(run.code()).isEqualTo(ExitCode.INVALID_PIPELINE);
    assertThat(run.err())
        .isEqualTo(
            """
            stepbox %s: there is no stepbox.yaml in '%s'
              Begin with this one:

                stepbox: 1
                stages:
                  - stage: Build
                    steps:
                      - checkout: scm
                      - sh: echo "hello from $(hostname)"
            """
                .formatted(command, folder));
  }

  @Test
  void thePipelineThatIsShownIsValid() throws IOException {
    String shown = run("lint").err();
    String pipeline = shown.substring(shown.indexOf("    stepbox: 1")).stripIndent();
    Files.writeString(folder.resolve("stepbox.yaml"), pipeline);
    assertThat(pipeline.strip().lines()).hasSize(6);
    assertThat(run("lint").code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void aPipelineInADirectoryAboveIsPointedAt() throws IOException {
    Files.writeString(folder.resolve("stepbox.yaml"), "");
    Path below = Files.createDirectories(folder.resolve("a/b"));
    assertThat(CliRun.in(below).run("run").err())
        .contains("There is one in '%s': 'stepbox run %s'.".formatted(folder, folder));
  }

  @Test
  void aFileWithTheOtherEndingIsPointedAt() throws IOException {
    Files.writeString(folder.resolve("stepbox.yml"), "");
    assertThat(run("run").err()).contains("There is a 'stepbox.yml'; the name must be");
  }

  @Test
  void thePipelineFileStandsForItsDirectory() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    Files.writeString(
        folder.resolve("sub/stepbox.yaml"),
        "stepbox: 1\nstages: [{stage: A, steps: [{sh: 'true'}]}]");
    CliRun run = run("lint sub/stepbox.yaml");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).isEqualTo("sub/stepbox.yaml is valid\n");
    assertThat(run("plan sub/stepbox.yaml").out()).startsWith("sub/stepbox.yaml: 1 stage");
  }

  @Test
  void anInvalidPipelineIsToldWithPlacesAndACount() throws IOException {
    Files.writeString(
        folder.resolve("stepbox.yaml"),
        """
        stepbox: 1
        stagse: []
        """);
    CliRun run = run("lint");
    assertThat(run.code()).isEqualTo(ExitCode.INVALID_PIPELINE);
    assertThat(run.err())
        .contains("stepbox.yaml:2:1", "^", "stages")
        .containsPattern("stepbox lint: stepbox.yaml has \\d errors?\n$");
  }

  @Test
  void lintAsJsonIsOneObject() throws IOException {
    Files.writeString(folder.resolve("stepbox.yaml"), "stepbox: 1\nstagse: []\n");
    CliRun run = run("lint --output json");
    assertThat(run.code()).isEqualTo(ExitCode.INVALID_PIPELINE);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith("{\"file\":\"stepbox.yaml\",\"valid\":false,\"diagnostics\":[{\"code\":\"P")
        .endsWith("}\n");
    assertThat(run.out().lines()).hasSize(1);
  }
}
