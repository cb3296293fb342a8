package dev.stepbox.pipeline.model;

import org.jspecify.annotations.Nullable;

/** Which source tree a checkout takes. */
public sealed interface CheckoutSource {
  /** The repository and the commit that the build was started for. */
  record Scm() implements CheckoutSource {}

  /**
   * Another repository.
   *
   * @param url what Git fetches from
   * @param revision branch, tag or commit; absent means the repository's default branch
   * @param depth how many commits are fetched; absent means all
   */
  record Repository(
      String url, @Nullable String revision, @Nullable Integer depth, Submodules submodules)
      implements CheckoutSource {
    public Repository {
      if (url.isBlank()) {
        throw new IllegalArgumentException("a repository needs a url, got '%s'".formatted(url));
      }
      if (depth != null && depth < 1) {
        throw new IllegalArgumentException("depth must be at least 1, got " + depth);
      }
    }
  }

  /** What happens to the submodules of a repository. */
  enum Submodules {
    /** They stay empty. */
    SKIP,
    /** They are checked out, theirs too. */
    RECURSIVE
  }
}
