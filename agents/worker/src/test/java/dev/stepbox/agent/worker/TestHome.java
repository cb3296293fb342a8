package dev.stepbox.agent.worker;

import dev.stepbox.agent.worker.BuildDirectories.BuildDirectory;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.LayerCache;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Where workers of tests keep their things. */
final class TestHome {
  private TestHome() {}

  static WorkerConfig config(Path home, LayerCache cache, Sandboxes sandboxes) {
    return new WorkerConfig(
        "test",
        home,
        cache,
        sandboxes,
        build -> directory(home, build),
        new ImageSource.HostImage(ImageSource.HostImage.DIRECTORIES, List.of(), List.of()),
        InstantSource.system());
  }

  static BuildDirectory directory(Path home, String build) {
    Path directory = home.resolve("builds").resolve(build);
    return new BuildDirectory(
        directory.resolve("run"), directory.resolve("artifacts"), directory.resolve("stashes"));
  }
}
