package dev.stepbox.agent.worker.execution;

import dev.stepbox.isolation.RootSpec;
import java.nio.file.Path;

/** Where a cache mount lies inside a step's sandbox. */
final class CachePaths {
  private CachePaths() {}

  /**
   * The absolute path of a cache as the pipeline names it.
   *
   * @param cache absolute, {@code ~} or {@code ~/…}, or relative to the workspace
   * @param home what {@code ~} means
   * @throws IllegalArgumentException when it leads out of where it begins
   */
  static String resolve(String cache, String home) {
    if (cache.contains("..") && Path.of(cache).normalize().startsWith("..")) {
      throw new IllegalArgumentException(
          "cannot mount the cache '%s': it leads out of the workspace".formatted(cache));
    }
    Path path =
        cache.equals("~") || cache.startsWith("~/")
            ? Path.of(home, cache.substring(1))
            : Path.of(RootSpec.WORKSPACE).resolve(cache);
    return path.normalize().toString();
  }
}
