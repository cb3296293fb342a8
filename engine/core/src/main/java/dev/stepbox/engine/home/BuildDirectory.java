package dev.stepbox.engine.home;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.worker.BuildPlaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Names of the files of one build; nothing else in the engine knows them.
 *
 * @param directory absolute
 */
public record BuildDirectory(BuildId build, Path directory) {

  BuildDirectory create() throws IOException {
    Files.createDirectory(logs());
    Files.createDirectory(places().run());
    Files.createDirectory(places().artifacts());
    Files.createDirectory(places().stashes());
    return this;
  }

  /** The record of the build. */
  public Path journal() {
    return directory.resolve("journal");
  }

  /** The pipeline as it was when the build began. */
  public Path pipeline() {
    return directory.resolve("pipeline.yaml");
  }

  /** What was asked for. */
  public Path request() {
    return directory.resolve("request.json");
  }

  /** Tells the secrets of the build from others; not there when it has none. */
  public Path secretProof() {
    return directory.resolve("secrets.json");
  }

  /** Output of steps. */
  public Path logs() {
    return directory.resolve("logs");
  }

  /** Locked by who carries the build on. */
  public Path lock() {
    return directory.resolve("lock");
  }

  /** There while somebody wants the build to stop and nobody has heard. */
  public Path cancel() {
    return directory.resolve("cancel");
  }

  /** Returns when what the build was begun with survives a power cut. */
  public void syncRequest() {
    DiskSync.file(pipeline());
    DiskSync.file(request());
    DiskSync.file(secretProof());
    DiskSync.file(directory);
    Path builds = directory.getParent();
    if (builds != null) {
      DiskSync.file(builds);
    }
  }

  /** Returns when the stashes that there are survive a power cut. */
  public void syncStashes() {
    DiskSync.tree(places().stashes());
  }

  /** Returns when the artifacts that there are survive a power cut. */
  public void syncArtifacts() {
    DiskSync.tree(places().artifacts());
  }

  /** What the build's worker writes to. */
  public BuildPlaces places() {
    return new BuildPlaces(
        build,
        directory.resolve("run"),
        directory.resolve("artifacts"),
        directory.resolve("stashes"));
  }
}
