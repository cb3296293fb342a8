package dev.stepbox.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.linux.Invariants;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The command line in processes of its own, with a home and a working directory for one test. After
 * it nothing is left of what was started, or the test fails.
 */
final class Stepbox implements BeforeEachCallback, AfterEachCallback {
  private static final int LIMIT_SECONDS = 120;

  private final Path parent;
  private final Invariants invariants = new Invariants();
  private List<String> prefix = List.of();
  private @Nullable Path folder;
  private int calls;

  /** With everything in the usual directory for temporary files. */
  Stepbox() {
    this(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** With everything in a new directory of a given one. */
  Stepbox(Path parent) {
    this.parent = parent;
  }

  /**
   * A call that has ended.
   *
   * @param out standard output
   * @param err standard error
   */
  record Result(int exitCode, String out, String err) {
    @Override
    public String toString() {
      return "exit code %d%n--- out%n%s%n--- err%n%s".formatted(exitCode, out, err);
    }
  }

  /** A call that may still run. */
  record Running(Process process, Path out, Path err) {

    Result await() throws InterruptedException {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("still running; so far:\n" + text(out) + text(err));
      }
      return new Result(process.exitValue(), text(out), text(err));
    }

    void awaitText(String text) {
      Eventually.holds("it prints '%s'".formatted(text), () -> text(out).contains(text));
    }

    void signal(String name) throws IOException, InterruptedException {
      Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
      assertThat(kill.waitFor()).isZero();
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    invariants.beforeEach(context);
    folder = Files.createTempDirectory(parent, "stepbox-cli");
    Files.createDirectory(directory());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    remove(folder());
    invariants.afterEach(context);
  }

  /**
   * Layers belong to the ids of steps, which only root of a user namespace may remove. A supervisor
   * that ends may still write there.
   */
  private static void remove(Path tree) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("unshare", "--user", "--map-root-user", "--map-auto"));
    command.addAll(List.of("rm", "--recursive", "--force", tree.toString()));
    Eventually.holds(
        "'%s' is removed".formatted(tree),
        () -> new ProcessBuilder(command).inheritIO().start().waitFor() == 0);
  }

  Path folder() {
    return Objects.requireNonNull(folder);
  }

  /** Where commands run. */
  Path directory() {
    return folder().resolve("project");
  }

  Path home() {
    return folder().resolve("home");
  }

  /** Writes the pipeline of the working directory. */
  void pipeline(String text) throws IOException {
    Files.writeString(directory().resolve("stepbox.yaml"), text);
  }

  /** Has the calls that follow started by another program. */
  void startedBy(String... words) {
    prefix = List.of(words);
  }

  Result call(String... arguments) throws IOException, InterruptedException {
    return start(Map.of(), arguments).await();
  }

  Running start(String... arguments) throws IOException {
    return start(Map.of(), arguments);
  }

  Running start(Map<String, String> environment, String... arguments) throws IOException {
    calls++;
    Path out = folder().resolve("call-" + calls + ".out");
    Path err = folder().resolve("call-" + calls + ".err");
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.stepbox.cli.Main");
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory().toFile());
    builder.environment().putAll(environment);
    builder.environment().put("STEPBOX_HOME", home().toString());
    builder.environment().put("TZ", "UTC");
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    return new Running(builder.start(), out, err);
  }

  /** Command lines of the supervisors of this home. */
  List<String> supervisors() {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(home().toString()) && line.contains("supervise"))
        .toList();
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
