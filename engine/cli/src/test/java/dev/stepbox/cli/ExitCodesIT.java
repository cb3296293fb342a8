package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of docs/reference/exit-codes.md, row by row. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ExitCodesIT {
  private static final String STEP = "stages: [{stage: A, steps: [{sh: 'true'}]}]";

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  /**
   * A call and how it ends.
   *
   * @param what it shows
   * @param pipeline without its first line; null for no file
   * @param says what is printed somewhere
   */
  record Row(int exitCode, String what, String pipeline, List<String> call, String says) {
    @Override
    public String toString() {
      return exitCode + ": " + what;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        row(0, "a build that succeeds", STEP, "run", "build 1 succeeded"),
        row(1, "a step that fails", steps("sh: exit 7"), "run", "exit code 7"),
        row(1, "a timeout", steps("sh: sleep 60, timeout: 1s"), "run", "timeout"),
        row(2, "an option that does not exist", STEP, "run --nonsense", "unknown option"),
        row(2, "more stages at once than there can be", STEP, "run --parallel 65", "from 1 to 64"),
        row(2, "a parameter that does not exist", STEP, "run --param A=1", "[E003]"),
        row(2, "a stage that does not exist", STEP, "run --stage B", "[E002]"),
        row(2, "a build that is not kept", STEP, "show 7", "[E001]"),
        row(3, "a pipeline with an error", "stages: 7", "run", "has 1 error"),
        row(3, "no pipeline", "", "run nowhere", "there is no directory"),
        row(
            3,
            "an image that is none after replacing",
            "environment: {X: 'a b'}\nagent: {image: '${X}'}\n" + STEP,
            "run",
            "[E004]"),
        row(4, "what nobody has allowed", steps("sh: 'true', network: host"), "run", "[E010]"),
        row(
            5,
            "an image that is not in the store",
            "agent: {image: none}\n" + STEP,
            "run",
            "[E103]"),
        row(
            5,
            "a broken image",
            "agent: {image: 'rootfs:broken.tar'}\n" + STEP,
            "run",
            "broken.tar"),
        row(5, "a commit that does not exist", STEP, "run --commit abc", "[E101]"),
        row(5, "a repository that is none", steps("checkout: {url: none}"), "run", "none"));
  }

  private static String steps(String step) {
    return "stages: [{stage: A, steps: [{%s}]}]".formatted(step);
  }

  private static Row row(int exitCode, String what, String pipeline, String call, String says) {
    return new Row(exitCode, what, "stepbox: 1\n" + pipeline, List.of(call.split(" ", -1)), says);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void aCallEndsWithTheCodeOfItsRow(Row row) throws IOException, InterruptedException {
    stepbox.pipeline(row.pipeline());
    Files.writeString(stepbox.directory().resolve("broken.tar"), "this is no archive");

    Result result = stepbox.call(row.call().toArray(String[]::new));

    assertThat(result.exitCode()).as(result.toString()).isEqualTo(row.exitCode());
    assertThat(result.out() + result.err()).contains(row.says());
  }

  @Test
  void resultsThatCannotBeWrittenAreAnError() throws IOException, InterruptedException {
    stepbox.pipeline("stepbox: 1\n" + STEP);
    stepbox.startedBy("sh", "-c", "exec \"$@\" > /dev/full", "sh");
    for (String call : List.of("run --output json", "run", "builds", "--help")) {
      Result result = stepbox.call(call.split(" ", -1));

      assertThat(result.exitCode()).as(call + result).isEqualTo(5);
      assertThat(result.err())
          .isEqualTo("stepbox: cannot write standard output: No space left on device\n");
    }
  }

  @Test
  void aReaderThatHasLeftIsNoError() throws IOException, InterruptedException {
    stepbox.startedBy("bash", "-c", "exec 3> >(:); wait $!; exec \"$@\" >&3", "bash");

    Result result = stepbox.call("--help");

    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.err()).isEmpty();
  }
}
