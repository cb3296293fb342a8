package dev.stepbox.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One run of the command line inside the test.
 *
 * @param code how the process would end
 * @param out standard output
 * @param err standard error
 */
public record CliRun(ExitCode code, String out, String err) {

  /** Where and with what a command line runs. */
  public static final class Place {
    private final Path directory;
    private final Map<String, String> environment = new LinkedHashMap<>();

    private Place(Path directory) {
      this.directory = directory;
      environment.put("TZ", "UTC");
      environment.put("STEPBOX_HOME", directory.resolve("home").toString());
    }

    /** Sets a variable. */
    public Place with(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Runs a command line to its end. */
    public CliRun run(String... arguments) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      try (PrintStream outStream = new PrintStream(out, false, UTF_8);
          PrintStream errStream = new PrintStream(err, false, UTF_8)) {
        Invocation invocation =
            new Invocation(
                environment,
                directory,
                outStream,
                errStream,
                Terminal.NONE,
                InstantSource.system());
        ExitCode code = Cli.execute(invocation, List.of(arguments));
        outStream.flush();
        errStream.flush();
        return new CliRun(code, out.toString(UTF_8), err.toString(UTF_8));
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }
  }

  /** A place with a home of its own below a directory. */
  public static Place in(Path directory) {
    return new Place(directory);
  }
}
