package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts play the launcher. */
@Timeout(60)
class SupervisorStartTest {
  @TempDir private Path directory;

  private StatusLine start(String script, Duration limit) throws InterruptedException {
    return SupervisorStart.start(
        List.of(),
        Map.of(),
        List.of("/bin/sh", "-c", script, "sh", directory.toString()),
        directory.resolve("log"),
        limit,
        error -> "advice on " + error);
  }

  private AbstractThrowableAssert<?, ?> assertUnusable(String script, Duration limit) {
    return assertThatThrownBy(() -> start(script, limit))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.LAUNCHER_UNUSABLE));
  }

  @Test
  void theLineOfALauncherThatIsReadyIsHandedOn() throws InterruptedException {
    assertThat(start("printf 'ready\\tpid=17\\n'", Duration.ofSeconds(50)).field("pid"))
        .isEqualTo("17");
  }

  @Test
  void aLauncherThatSaysNothingIsKilledWithWhatItStarted()
      throws IOException, InterruptedException {
    String hangs = "tail -f /dev/null & echo $! > \"$1/child\"; echo $$ > \"$1/own\"; wait";
    assertUnusable(hangs, Duration.ofSeconds(1))
        .hasMessageContaining("has not said within 1 s")
        .hasMessageContaining(directory.resolve("log").toString());
    for (String name : List.of("own", "child")) {
      long pid = Long.parseLong(Files.readString(directory.resolve(name)).strip());
      assertThat(SupervisorProcess.goesOn(pid)).as(name).isFalse();
    }
  }

  @Test
  void aNamespaceThatIsRefusedIsToldWithAdvice() {
    assertThatThrownBy(() ->
            start(
                "printf 'failed\\toperation=clone-user-namespace\\terror=EPERM"
                    + "\\thint=user-namespaces\\ttext=user and pid namespace\\n'",
                Duration.ofSeconds(50)))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.CANNOT_ISOLATE))
        .hasMessage(
            "cannot start the supervisor of the build: clone-user-namespace failed: user and pid"
                + " namespace (EPERM). advice on EPERM");
  }

  @Test
  void asMuchAsTheLimitIsReadOfWhatItSays() {
    int limit = SupervisorStart.STATUS_BYTES_MAX;
    assertUnusable("head -c %d /dev/zero | tr '\\0' x".formatted(limit), Duration.ofSeconds(50))
        .hasMessageContaining("x".repeat(limit));
    assertUnusable("head -c %d /dev/zero | tr '\\0' x".formatted(limit + 1), Duration.ofSeconds(50))
        .hasMessageContaining("'" + "x".repeat(limit) + "'");
  }

  @Test
  void anotherWordIsToldWithTheFileThatSaysMore() {
    assertUnusable("echo nonsense", Duration.ofSeconds(50))
        .hasMessageContaining("it said 'nonsense'")
        .hasMessageContaining(directory.resolve("log").toString());
  }
}
