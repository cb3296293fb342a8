package dev.stepbox.isolation.dryrun;

import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.SandboxExit;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;

/** What the supervisor of a dry run knows: it outlives the engine's end of it. */
record DryRunState(
    Path directory,
    LongSupplier nanoTime,
    Map<String, DryRunStep> steps,
    Map<String, RootSpec> roots) {

  DryRunState(Path directory, LongSupplier nanoTime) {
    this(directory, nanoTime, new ConcurrentSkipListMap<>(), new ConcurrentSkipListMap<>());
  }

  static Path output(Path runDirectory, String step) {
    return runDirectory.resolve("steps").resolve(step).resolve("output");
  }

  Optional<SandboxExit> recordedExit(String step) {
    return Optional.ofNullable(steps.get(step)).flatMap(DryRunStep::exitIfEnded);
  }
}
