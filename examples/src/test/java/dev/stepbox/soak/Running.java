package dev.stepbox.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A build that runs, and its events as they come. For one thread. */
final class Running implements AutoCloseable {
  private static final Pattern BUILD = Pattern.compile("\"build\":\"?([0-9]+)");
  private static final String SUCCEEDED = "\"outcome\":\"succeeded\"";

  private final Process process;
  private final BufferedReader events;
  private final Path home;
  private String last = "";
  private @Nullable String build;

  private Running(Process process, Path home) {
    this.process = process;
    this.home = home;
    this.events = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a pipeline as this user; caps that cannot be enforced end it. */
  static Running start(Path stepbox, Person user, Path home, Path pipeline) throws IOException {
    List<String> command = new ArrayList<>(user.prefix());
    command.addAll(
        List.of(
            stepbox.toString(),
            "run",
            "--output",
            "json",
            "--parallel",
            Integer.toString(Soak.CONCURRENT_IN_A_BUILD),
            pipeline.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("STEPBOX_HOME", home.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    return new Running(process, home);
  }

  /** Reads on until an event of this name has come so many times. */
  void await(String event, int times) throws IOException {
    String wanted = "\"event\":\"%s\"".formatted(event);
    int seen = 0;
    while (seen < times) {
      String line = next();
      if (line == null) {
        throw new IOException(
            "the build ended after %d of %d '%s': %s".formatted(seen, times, event, last));
      }
      seen += line.contains(wanted) ? 1 : 0;
    }
  }

  private @Nullable String next() throws IOException {
    String line = events.readLine();
    if (line != null) {
      last = line;
      Matcher number = BUILD.matcher(line);
      if (build == null && number.find()) {
        build = number.group(1);
      }
    }
    return line;
  }

  /** Reads to the end of a build that has to succeed. */
  void succeed() throws IOException, InterruptedException {
    while (next() != null) {
      // The last event tells the outcome.
    }
    if (process.waitFor() != 0 || !last.contains(SUCCEEDED)) {
      throw new IOException("the build did not succeed: " + last);
    }
  }

  long engine() {
    return process.pid();
  }

  /** The supervisor's process, from the record that a later engine would meet it by. */
  long supervisor() throws IOException {
    Path record = home.resolve("builds").resolve(build + "/run/supervisor");
    return Files.readAllLines(record).stream()
        .filter(line -> line.startsWith("pid"))
        .findFirst()
        .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .orElseThrow(() -> new IOException("no process in '%s'".formatted(record)));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
