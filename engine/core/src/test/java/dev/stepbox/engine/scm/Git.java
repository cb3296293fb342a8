package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The real git, without what the user's own settings would change. */
final class Git {

  private final Path directory;

  Git(Path directory) {
    this.directory = directory;
  }

  static Git init(Path directory) throws IOException, InterruptedException {
    var git = new Git(directory);
    git.run("init", "--quiet", "--initial-branch=main", ".");
    return git;
  }

  /** Runs a command that must succeed; gives its output, one character per byte. */
  String run(String... arguments) throws IOException, InterruptedException {
    return run(Redirect.PIPE, arguments);
  }

  /** The same, with a file as its input. */
  String runFrom(Path input, String... arguments) throws IOException, InterruptedException {
    return run(Redirect.from(input.toFile()), arguments);
  }

  private String run(Redirect input, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "git",
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                "-c",
                "protocol.file.allow=always"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    Process process = builder.redirectInput(input).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + ": " + output);
    }
    return output;
  }

  /** Adds everything and commits; gives the commit's id. */
  String commit(String message) throws IOException, InterruptedException {
    run("add", "--all");
    run("commit", "--quiet", "--allow-empty", "--message", message);
    return run("rev-parse", "HEAD").strip();
  }
}
