package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/** Starts the launcher, which leaves the supervisor behind and reports on one line. */
final class SupervisorStart {
  /** The status line has a few hundred bytes. */
  static final int STATUS_BYTES_MAX = 16 * 1024;

  /** Making namespaces takes milliseconds, and what makes a supervisor hang is not over soon. */
  static final Duration START_MAX = Duration.ofSeconds(30);

  /**
   * Where {@code newuidmap} and the like are found; nothing else of our environment is handed on.
   */
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private SupervisorStart() {}

  /**
   * Starts a supervisor and waits until it accepts connections.
   *
   * @param prefix a program that starts the launcher, with its arguments; usually empty
   * @param environment what that program needs
   * @param startMax {@link #START_MAX}, but in tests
   * @param namespaceAdvice what to do when a namespace is refused, by the name of the answer
   * @return the line that begins with {@code ready}
   */
  static StatusLine start(
      List<String> prefix,
      Map<String, String> environment,
      List<String> command,
      Path log,
      Duration startMax,
      UnaryOperator<String> namespaceAdvice)
      throws InterruptedException {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(command);
    String line = run(words, environment, log, startMax);
    StatusLine status = StatusLine.parse(line);
    return switch (status.word()) {
      case "ready" -> status;
      case "failed" -> throw status.toException(namespaceAdvice);
      default ->
          throw new SandboxException(
              SandboxErrorCode.LAUNCHER_UNUSABLE,
              "cannot start the launcher '%s': it said '%s'. See '%s'."
                  .formatted(command.getFirst(), line.strip(), log));
    };
  }

  private static String run(
      List<String> command, Map<String, String> environment, Path log, Duration startMax)
      throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    builder.environment().putAll(environment);
    builder.directory(Path.of("/").toFile());
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      try (InputStream out = process.getInputStream()) {
        var line = new FutureTask<>(() -> new String(out.readNBytes(STATUS_BYTES_MAX), UTF_8));
        Thread.ofPlatform().name("launcher").daemon().start(line);
        LauncherClient.makeReady();
        String said = line.get(startMax.toMillis(), TimeUnit.MILLISECONDS);
        process.waitFor();
        return said;
      } catch (TimeoutException e) {
        throw silent(command, log, startMax, e);
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      } finally {
        // Unless it hangs or this thread was interrupted, nothing is left to end; and to look for
        // descendants is to read of every process of the machine.
        if (process.isAlive()) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
      }
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.LAUNCHER_UNUSABLE,
          ("cannot start the launcher '%s': %s. If its file system is mounted with 'noexec', put"
                  + " STEPBOX_HOME elsewhere.")
              .formatted(command.getFirst(), e.getMessage()),
          e);
    }
  }

  private static SandboxException silent(
      List<String> command, Path log, Duration startMax, TimeoutException cause) {
    return new SandboxException(
        SandboxErrorCode.LAUNCHER_UNUSABLE,
        ("cannot start the launcher '%s': it has not said within %d s whether a supervisor runs,"
                + " and was killed. See '%s', and try again when the machine is less busy.")
            .formatted(command.getFirst(), startMax.toSeconds(), log),
        cause);
  }
}
