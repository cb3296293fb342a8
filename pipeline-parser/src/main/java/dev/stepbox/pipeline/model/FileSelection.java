package dev.stepbox.pipeline.model;

import java.util.List;

/**
 * Files of the workspace: those that match an include and no exclude. Patterns are Ant-style globs
 * relative to the workspace ({@code *} within one name, {@code **} across directories).
 *
 * @param onNothing what a selection of no file means
 */
public record FileSelection(List<String> includes, List<String> excludes, OnNothing onNothing) {
  public FileSelection {
    includes = List.copyOf(includes);
    excludes = List.copyOf(excludes);
    if (includes.isEmpty()) {
      throw new IllegalArgumentException("a selection of files needs at least one pattern");
    }
  }

  /** What happens when no file matches. */
  public enum OnNothing {
    /** The step fails. */
    FAIL,
    /** The step succeeds with nothing. */
    ALLOW
  }
}
