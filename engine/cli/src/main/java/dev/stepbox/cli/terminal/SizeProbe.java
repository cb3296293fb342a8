package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks how large the terminal is. The JDK cannot, and a native call through the foreign function
 * API costs ten times what this one small process does.
 */
public final class SizeProbe {

  private static final int WAIT_SECONDS = 2;

  private final File device;

  /**
   * Makes a probe.
   *
   * @param device a path that opens the terminal, such as {@code /proc/self/fd/1}
   */
  public SizeProbe(File device) {
    this.device = device;
  }

  /** The size now; empty if {@code stty} is missing or knows none. Blocks for some milliseconds. */
  public Optional<TerminalSize> ask() throws InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder("stty", "size")
              .redirectInput(device)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException ignored) {
      // No stty, or a terminal that is gone: the caller has a default.
      return Optional.empty();
    }
    try (var answer = process.getInputStream()) {
      String text = new String(answer.readNBytes(64), US_ASCII).strip();
      if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Optional.empty();
      }
      return parse(text);
    } catch (IOException ignored) {
      return Optional.empty();
    }
  }

  static Optional<TerminalSize> parse(String rowsAndColumns) {
    String[] parts = rowsAndColumns.split(" ", -1);
    if (parts.length != 2) {
      return Optional.empty();
    }
    try {
      int rows = Integer.parseInt(parts[0]);
      int columns = Integer.parseInt(parts[1]);
      return rows > 0 && columns > 0
          ? Optional.of(new TerminalSize(columns, rows))
          : Optional.empty();
    } catch (NumberFormatException ignored) {
      return Optional.empty();
    }
  }
}
