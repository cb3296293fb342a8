package dev.stepbox.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs whole processes and says how long they took. Output goes to a scratch file. */
final class Commands {
  /** No single measured command may take longer, in seconds. */
  private static final int LIMIT_SECONDS = 300;

  private final Path scratch;
  private final Map<String, String> environment;

  Commands(Path scratch, Map<String, String> environment) {
    this.scratch = scratch;
    this.environment = environment;
  }

  /** What one finished command did. */
  record Finished(int exitCode, double millis, long peakResidentBytes, Path output) {
    String text() {
      try {
        return Files.readString(output, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Runs a command that must succeed and returns its wall time in milliseconds. */
  double millis(List<String> command) throws IOException, InterruptedException {
    Finished finished = run(command);
    if (finished.exitCode() != 0) {
      throw new IOException(
          "'%s' ended with %d:%n%s"
              .formatted(String.join(" ", command), finished.exitCode(), finished.text()));
    }
    return finished.millis();
  }

  /** The mean of {@code count} runs in one shell loop, so that the shell's fork is all they pay. */
  double millisInLoop(int count, String command) throws IOException, InterruptedException {
    String loop =
        "i=0; while [ $i -lt %d ]; do %s >/dev/null || exit 1; i=$((i+1)); done"
            .formatted(count, command);
    return millis(List.of("/bin/sh", "-c", loop)) / count;
  }

  /** Runs a command to its end, whatever that is, and watches its peak resident size. */
  Finished run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(scratch, "output", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command).directory(scratch.toFile());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    long start = System.nanoTime();
    Process process = builder.start();
    long peak = 0;
    while (!process.waitFor(peak == 0 ? 1 : 50, TimeUnit.MILLISECONDS)) {
      peak = Math.max(peak, peakResidentBytes(process.pid()));
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(LIMIT_SECONDS)) {
        process.destroyForcibly();
        throw new IOException("'%s' took more than %d s".formatted(command, LIMIT_SECONDS));
      }
    }
    return new Finished(process.exitValue(), (System.nanoTime() - start) / 1e6, peak, output);
  }

  /** The high-water mark of a process's resident set: VmHWM of proc_pid_status(5). */
  private static long peakResidentBytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException ignored) {
      // The process has just ended: what was seen before stands.
    }
    return 0;
  }
}
