package dev.stepbox.engine;

import java.nio.file.Path;

/** Which source tree {@code checkout: scm} takes. */
public sealed interface SourceRequest {

  /** The directory that the pipeline belongs to; relative paths of the pipeline start here. */
  Path directory();

  /** A directory as it stands: tracked and untracked files, without what git ignores. */
  record WorkingTree(Path directory) implements SourceRequest {
    public WorkingTree {
      directory = directory.toAbsolutePath().normalize();
    }
  }

  /**
   * A commit of the repository that the directory lies in, and of it the part below the directory.
   *
   * @param revision branch, tag, commit id or anything else that git resolves to a commit
   */
  record Commit(Path directory, String revision) implements SourceRequest {
    public Commit {
      directory = directory.toAbsolutePath().normalize();
    }
  }
}
