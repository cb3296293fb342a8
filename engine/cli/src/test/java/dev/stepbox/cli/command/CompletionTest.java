package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
  @TempDir private Path folder;

  private String script(String shell) {
    CliRun run = CliRun.in(folder).run("completion", shell);
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    return run.out();
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("completion"), script("bash"));
    assertThat(complete(script, "stepbox", "ca")).contains("cancel", "cache").doesNotContain("run");
    assertThat(complete(script, "stepbox", "image", "")).contains("import", "ls", "rm");
    assertThat(complete(script, "stepbox", "run", "--p")).contains("--param", "--parallel");
    assertThat(complete(script, "stepbox", "lint", "--output", "")).contains("text", "json");
  }

  /** Asks bash what it would offer for the last word. */
  private static String complete(Path script, String... words)
      throws IOException, InterruptedException {
    String setting =
        "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_stepbox; echo \"${COMPREPLY[@]}\""
            .formatted(script, "'" + String.join("' '", words) + "'", words.length - 1);
    Process bash = new ProcessBuilder("bash", "-c", setting).redirectErrorStream(true).start();
    String answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(answer).isZero();
    return answer;
  }

  @Test
  void zshTakesTheScriptOfBash() {
    assertThat(script("zsh")).contains("bashcompinit").isEqualTo(script("bash"));
  }

  @Test
  void fishHasAScriptOfItsOwn() {
    Golden.check("completion.fish", script("fish"));
  }
}
