package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the launcher, which leaves the supervisor behind and reports on one line. */
final class SupervisorStart {
  /** The status line has a few hundred bytes. */
  private static final int STATUS_BYTES_MAX = 16 * 1024;

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
   * @return the line that begins with {@code ready}
   */
  static StatusLine start(
      List<String> prefix, Map<String, String> environment, List<String> command, Path log)
      throws InterruptedException {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(command);
    String line = run(words, environment, log);
    StatusLine status = StatusLine.parse(line);
    return switch (status.word()) {
      case "ready" -> status;
      case "failed" -> throw status.toException();
      default ->
          throw new SandboxException(
              SandboxErrorCode.LAUNCHER_UNUSABLE,
              "cannot start the launcher '%s': it said '%s'. See '%s'."
                  .formatted(command.getFirst(), line.strip(), log));
    };
  }

  private static String run(List<String> command, Map<String, String> environment, Path log)
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
        String line = new String(out.readNBytes(STATUS_BYTES_MAX), UTF_8);
        process.waitFor();
        return line;
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
}
