package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.BuildSummary.State;
import dev.stepbox.engine.BuildsUsage;
import dev.stepbox.engine.EngineConfig.LayersOpener;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.artifact.Artifact;
import dev.stepbox.engine.artifact.ArtifactFolder;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.home.BuildDirectory;
import dev.stepbox.engine.home.BuildLock;
import dev.stepbox.engine.home.Home;
import dev.stepbox.engine.journal.JournalReader;
import dev.stepbox.engine.log.StepLog;
import dev.stepbox.engine.log.StepLogs;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What the builds of a home left behind, running ones included. Thread-safe. */
final class KeptBuilds {

  private final Home home;
  private final LayersOpener layers;

  KeptBuilds(Home home, LayersOpener layers) {
    this.home = home;
    this.layers = layers;
  }

  BuildSummary find(BuildId build) {
    return Summaries.of(home.build(build));
  }

  List<BuildSummary> builds() {
    List<BuildSummary> found = new ArrayList<>();
    for (BuildId build : home.builds()) {
      try {
        found.add(find(build));
      } catch (EngineException e) {
        switch (e.code()) {
          case UNKNOWN_BUILD, JOURNAL_CORRUPT -> {}
          default -> throw e;
        }
      }
    }
    return found;
  }

  BuildsUsage usage() {
    return new BuildsUsage(builds().size(), home.bytes());
  }

  void remove(BuildId build, Leftovers leftovers) throws InterruptedException {
    BuildDirectory directory = home.build(build);
    BuildSummary summary = find(build);
    boolean isReal = summary.execution() == Execution.REAL;
    if (isReal && summary.state() == State.FINISHED && mayRun(directory)) {
      leftovers.sweep(summary.execution());
      leftovers.await();
    }
    try (BuildLock lock = BuildLock.take(directory.lock()).orElse(null)) {
      if (lock == null || find(build).state() != State.FINISHED) {
        throw stays(build, "it is not over. Stop it with 'stepbox cancel %s' first.");
      }
      if (isReal && mayRun(directory)) {
        throw stays(
            build, "processes of its steps may be left, and do not end. See 'stepbox show %s'.");
      }
      if (isLastOfItsPipeline(summary)) {
        layers.kept().forget(Path.of(summary.directory()));
      }
      home.remove(directory);
    }
  }

  private static EngineException stays(BuildId build, String why) {
    return new EngineException(
        ErrorCode.BUILD_STATE, "cannot remove build %s: ".formatted(build) + why.formatted(build));
  }

  /** A worker removes the directory when nothing of the build runs any more. */
  private static boolean mayRun(BuildDirectory directory) {
    return Files.isDirectory(directory.places().run());
  }

  private boolean isLastOfItsPipeline(BuildSummary build) {
    return builds().stream()
        .filter(other -> other.directory().equals(build.directory()))
        .allMatch(other -> other.build().number() <= build.build().number());
  }

  StepLog log(BuildId build, BuildPlan plan, StepKey step) {
    PlannedStage stage = plan.byName().get(step.stage());
    PlannedStep planned =
        stage == null
            ? null
            : stage.steps().stream().filter(s -> s.key().equals(step)).findFirst().orElse(null);
    if (stage == null || planned == null) {
      throw new EngineException(
          ErrorCode.UNKNOWN_STAGE,
          "cannot read the log of '%s': build %s has no such step. 'stepbox show %s' lists them."
              .formatted(step, build, build));
    }
    try (var logs = new StepLogs(home.build(build).logs())) {
      return logs.read(stage.id(), planned.index(), find(build).startedAt());
    }
  }

  List<Artifact> artifacts(BuildId build) {
    return new ArtifactFolder(build, home.build(build).places().artifacts()).list();
  }

  int export(BuildId build, String path, Path destination) {
    return new ArtifactFolder(build, home.build(build).places().artifacts())
        .export(path, destination);
  }

  int exportWorkspace(BuildId build, String stage, String path, Path destination)
      throws InterruptedException {
    Snapshot left = left(build, stage);
    if (left == null) {
      throw new EngineException(
          ErrorCode.UNKNOWN_ARTIFACT,
          ("cannot copy '%s/%s:%s': the stage left no workspace behind: it did not run, or is not"
                  + " over. See 'stepbox show %s'.")
              .formatted(build, stage, path, build));
    }
    String plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    boolean isInto = !plain.isEmpty() && Files.isDirectory(destination);
    Path target =
        isInto ? destination.resolve(plain.substring(plain.lastIndexOf('/') + 1)) : destination;
    OptionalInt copied = layers.kept().export(left, plain, target);
    return copied.orElseThrow(() ->
        new EngineException(
            ErrorCode.UNKNOWN_ARTIFACT,
            "cannot copy '%s/%s:%s': nothing is there in the workspace that the stage left behind."
                    .formatted(build, stage, path)
                + " With an empty path everything is copied."));
  }

  private @Nullable Snapshot left(BuildId build, String stage) {
    Snapshot left = null;
    try (JournalReader reader = JournalReader.open(home.build(build).journal())) {
      for (Optional<?> at = reader.next(); at.isPresent(); at = reader.next()) {
        if (at.get() instanceof StageFinished end && end.stage().equals(stage)) {
          left = end.snapshot();
        }
      }
    }
    return left;
  }
}
