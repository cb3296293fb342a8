package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs programs, and Stepbox among them, with a home and a directory of their own.
 *
 * @param stepbox the words that start it
 * @param directory where programs run and pipelines lie
 * @param home of Stepbox
 */
record Commands(List<String> stepbox, Path directory, Path home) {
  private static final int LIMIT_MINUTES = 10;

  /** What a program printed, standard error included, and how it ended. */
  record Result(int exitCode, String output) {
    String lastLine() {
      return output.lines().reduce((_, last) -> last).orElse("no output");
    }
  }

  Result stepbox(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(stepbox);
    command.addAll(List.of(arguments));
    return run(environment, command);
  }

  Result stepbox(String... arguments) throws IOException, InterruptedException {
    return stepbox(Map.of(), arguments);
  }

  /** Like {@link #run}, for a program that has to succeed. */
  String must(String... command) throws IOException, InterruptedException {
    Result result = run(Map.of(), List.of(command));
    if (result.exitCode() != 0) {
      throw new IOException(
          "%s: exit code %d%n%s"
              .formatted(String.join(" ", command), result.exitCode(), result.output()));
    }
    return result.output();
  }

  Result run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("STEPBOX_HOME", home.toString());
    builder.environment().put("NO_COLOR", "1");
    builder.redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true);
    Process process = builder.redirectOutput(output.toFile()).start();
    if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("%s took more than %d minutes".formatted(command, LIMIT_MINUTES));
    }
    Result result = new Result(process.exitValue(), new String(Files.readAllBytes(output), UTF_8));
    Files.delete(output);
    return result;
  }
}
