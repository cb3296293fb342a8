package dev.stepbox.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a shell command on a pseudo-terminal of its own, which {@code script} makes. What is typed
 * goes through the terminal: Ctrl-C becomes a signal there, as for a person.
 */
public final class Pty implements AutoCloseable {

  private static final int LIMIT_SECONDS = 60;

  private final Process script;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final Thread reader;

  private Pty(Process script) {
    this.script = script;
    this.reader = Thread.ofPlatform().daemon().name("pty").start(this::read);
  }

  /** Starts a command on a terminal of 24 rows and 80 columns. */
  public static Pty start(Path directory, Map<String, String> environment, String command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "script",
                "--quiet",
                "--return",
                "--flush",
                "--command",
                "stty rows 24 cols 80; " + command,
                "/dev/null"));
    builder.environment().putAll(environment);
    // The size of the terminal is what these would claim it to be.
    builder.environment().remove("COLUMNS");
    builder.environment().remove("LINES");
    return new Pty(builder.directory(directory.toFile()).redirectErrorStream(true).start());
  }

  /** Types on the keyboard. */
  public void type(String keys) throws IOException {
    OutputStream keyboard = script.getOutputStream();
    keyboard.write(keys.getBytes(UTF_8));
    keyboard.flush();
  }

  /** Everything that came out so far. */
  public String output() {
    synchronized (output) {
      return output.toString(UTF_8);
    }
  }

  /** Waits until the output holds a text. */
  public void awaitText(String text) {
    Eventually.holds("the terminal shows '%s'".formatted(text), () -> output().contains(text));
  }

  /** Waits for the end and says the exit code. */
  public int await() throws InterruptedException {
    if (!script.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("still running; so far:\n" + output());
    }
    reader.join();
    return script.exitValue();
  }

  /** Closes the terminal under the command, as closing its window does. */
  @Override
  public void close() {
    script.destroyForcibly();
  }

  private void read() {
    byte[] bytes = new byte[8192];
    try (InputStream in = script.getInputStream()) {
      int count = in.read(bytes);
      while (count >= 0) {
        synchronized (output) {
          output.write(bytes, 0, count);
        }
        count = in.read(bytes);
      }
    } catch (IOException ignored) {
      // The terminal was closed.
      return;
    }
  }
}
