package dev.stepbox.cli;

import dev.stepbox.cli.command.Invocation;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.Terminal;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the usual commands in one process, so that an AOT cache that is recorded meanwhile holds
 * their classes. Not for users: './stepbox' calls it once for each build. What cannot be done on
 * this machine, such as a real sandbox, is left out of the cache and of nothing else.
 */
public final class Training {

  private static final Terminal SCREEN = new Terminal(true, true, true, true);

  private Training() {}

  /**
   * Runs them.
   *
   * @param arguments a directory for a home, and one with a small pipeline
   */
  public static void main(String[] arguments) {
    Main.settleRuntime();
    String pipeline = arguments[1];
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("STEPBOX_HOME", Path.of(arguments[0]).toAbsolutePath().toString());
    for (List<String> line : lines(pipeline)) {
      for (Terminal terminal : List.of(Terminal.NONE, SCREEN)) {
        ExitCode ignored = Main.run(invocation(environment, terminal), line);
      }
    }
    System.exit(ExitCode.OK.number());
  }

  private static List<List<String>> lines(String pipeline) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("--version"));
    lines.add(List.of("--help"));
    lines.add(List.of("run", "--help"));
    lines.add(List.of("run", "--no-such-option"));
    lines.add(List.of("lint", pipeline));
    lines.add(List.of("plan", pipeline));
    lines.add(List.of("run", pipeline));
    lines.add(List.of("run", "--output", "json", pipeline));
    lines.add(List.of("builds"));
    lines.add(List.of("show", "1"));
    lines.add(List.of("logs", "1"));
    lines.add(List.of("doctor"));
    lines.add(List.of("cache", "df"));
    lines.add(List.of("image", "ls"));
    // So that what is left can be removed by whoever builds: layers belong to other ids.
    lines.add(List.of("cache", "prune", "--all"));
    return lines;
  }

  private static Invocation invocation(Map<String, String> environment, Terminal terminal) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return new Invocation(
        environment,
        Path.of("").toAbsolutePath(),
        nowhere,
        nowhere,
        terminal,
        InstantSource.system());
  }
}
