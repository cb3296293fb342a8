package dev.stepbox.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line of this build with a home of its own, each call in a process of its own. */
final class Stepbox {
  private static final int LIMIT_MINUTES = 25;

  private final Path home;
  private final Path scratch;

  Stepbox(Path home, Path scratch) {
    this.home = home;
    this.scratch = scratch;
  }

  /** What a call printed, and how it ended. */
  record Result(int exitCode, String out, String err) {
    /** The lines of standard output, which are events under {@code --output json}. */
    Events events() {
      return new Events(out.lines().toList());
    }

    @Override
    public String toString() {
      return "exit code %d%n--- out%n%s%n--- err%n%s".formatted(exitCode, out, err);
    }
  }

  /** A call that has not ended yet. */
  record Running(Process process, Path out, Path err) {
    Result await() throws InterruptedException {
      if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException("took more than " + LIMIT_MINUTES + " minutes");
      }
      return new Result(process.exitValue(), text(out), text(err));
    }

    String outSoFar() {
      return text(out);
    }

    private static String text(Path file) {
      try {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  Result call(String... arguments) throws IOException, InterruptedException {
    return start(arguments).await();
  }

  Running start(String... arguments) throws IOException {
    Path out = Files.createTempFile(scratch, "call", ".out");
    Path err = Files.createTempFile(scratch, "call", ".err");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--class-path");
    command.add(System.getProperty("java.class.path"));
    command.add("dev.stepbox.cli.Main");
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(repository().toFile());
    builder.environment().put("STEPBOX_HOME", home.toString());
    builder.redirectInput(Path.of("/dev/null").toFile());
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Running(process, out, err);
  }

  /** The top of the checkout: the nearest directory above that holds the examples. */
  static Path repository() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("examples/hello"))) {
        return at;
      }
    }
    throw new IllegalStateException("no directory above this one holds the examples");
  }

  static String example(String name) {
    return repository().resolve("examples").resolve(name).toString();
  }
}
