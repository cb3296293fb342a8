package dev.stepbox.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The option by which the start script ends a process that has no memory left. */
class MemoryTest {
  private static final Pattern COMMAND =
      Pattern.compile("^out_of_memory=\"(.*)\"$", Pattern.MULTILINE);

  /** Takes all the memory that there is in one thread, and waits for ever in another. */
  static final class Hungry {
    private Hungry() {}

    public static void main(String[] arguments) throws InterruptedException {
      Thread eater =
          new Thread(() -> {
            byte[][] eaten = new byte[1 << 20][];
            for (int i = 0; i < eaten.length; i++) {
              eaten[i] = new byte[1 << 20];
            }
          });
      eater.start();
      eater.join();
      Thread.currentThread().join();
    }
  }

  @Test
  @Timeout(60)
  void aProcessWithoutMemoryEndsAndSaysSo() throws Exception {
    Path root = Path.of("").toAbsolutePath().resolve("../..").normalize();
    String script = Files.readString(root.resolve("stepbox"));
    Matcher command = COMMAND.matcher(script);
    assertThat(command.find()).isTrue();
    assertThat(script).contains("jvm+=(\"-XX:OnOutOfMemoryError=$out_of_memory\")");

    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-Xlog:disable",
                "-XX:OnOutOfMemoryError=" + command.group(1),
                "--class-path",
                System.getProperty("java.class.path"),
                Hungry.class.getName())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isEqualTo(128 + 9);
    assertThat(said).contains("stepbox: out of memory.");
  }
}
