package dev.stepbox.agent.worker;

import java.nio.file.Path;

/** Where a worker keeps the files of a build. Safe for use by several threads. */
@FunctionalInterface
public interface BuildDirectories {
  /**
   * The directories of a build.
   *
   * @param build a path-safe id
   */
  BuildDirectory of(String build);

  /**
   * Directories of one build, all absolute, made when they are needed.
   *
   * @param run sockets, records and raw output of running steps; below the worker's home; removed
   *     when the build is released
   * @param artifacts what {@code archive} keeps, by its path
   * @param stashes what {@code stash} keeps, one directory each
   */
  record BuildDirectory(Path run, Path artifacts, Path stashes) {}
}
