package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each directory of scenarios is run through the whole command line as a dry run, one stage at a
 * time, and its events are compared with {@code expected.json}: one event per line, and the exit
 * code at the end. {@code -Dgolden.update=true} writes the files anew.
 */
class ScenarioTest {
  private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");

  /** What differs from run to run: times, what depends on them, and ids. */
  private static final Pattern VARYING =
      Pattern.compile(
          "\"(time|version|planDigest)\":\"[^\"]*\""
              + "|\"(elapsedMs|startMs|cpuMs|throttledMs|memoryPeakBytes|pidsPeak)\":[0-9.]+");

  private static final Pattern LAYER = Pattern.compile("\"[0-9A-Z]{26}\"");

  @TempDir private Path folder;

  static Stream<String> scenarios() throws IOException {
    try (Stream<Path> directories = Files.list(SCENARIOS)) {
      return directories.map(path -> path.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void eventsAreAsExpected(String name) throws IOException {
    Path scenario = SCENARIOS.resolve(name);
    Files.copy(scenario.resolve("stepbox.yaml"), folder.resolve("stepbox.yaml"));
    List<String> line = new ArrayList<>(List.of("run", "--dry-run", "--parallel", "1"));
    line.addAll(List.of("--output", "json"));
    line.addAll(arguments(scenario));

    CliRun run = CliRun.in(folder).run(line.toArray(String[]::new));

    String events = settled(run.out()) + "{\"exitCode\":%d}\n".formatted(run.code().number());
    assertThat(run.err()).isEmpty();
    Golden.check(scenario.resolve("expected.json"), events);
  }

  @Test
  void thePlanShowsThePostBlockOfAParallelStage() throws IOException {
    Path scenario = SCENARIOS.resolve("15-parallel-post");
    Files.copy(scenario.resolve("stepbox.yaml"), folder.resolve("stepbox.yaml"));
    CliRun run = CliRun.in(folder).run("plan");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    Golden.check(scenario.resolve("plan.txt"), run.out());
  }

  private static List<String> arguments(Path scenario) throws IOException {
    Path file = scenario.resolve("arguments");
    return Files.exists(file) ? List.of(Files.readString(file).strip().split(" ")) : List.of();
  }

  /** Takes out what differs, and names layers in the order in which they occur. */
  private String settled(String events) {
    String still =
        VARYING
            .matcher(events.replace(folder.toString(), "DIR"))
            .replaceAll(found ->
                found.group(1) == null
                    ? "\"" + found.group(2) + "\":0"
                    : "\"" + found.group(1) + "\":\"*\"");
    Map<String, String> names = new LinkedHashMap<>();
    Matcher layers = LAYER.matcher(still);
    return layers.replaceAll(
        found -> names.computeIfAbsent(found.group(), _ -> "\"L" + (names.size() + 1) + "\""));
  }
}
