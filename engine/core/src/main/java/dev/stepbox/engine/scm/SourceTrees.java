package dev.stepbox.engine.scm;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.SourceRequest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Takes source trees. Thread-safe. Every method throws {@link EngineException} with {@link
 * dev.stepbox.engine.ErrorCode#SOURCE_UNAVAILABLE}, {@link
 * dev.stepbox.engine.ErrorCode#SOURCE_UNSUPPORTED}, {@link
 * dev.stepbox.engine.ErrorCode#LIMIT_EXCEEDED} or {@link dev.stepbox.engine.ErrorCode#NO_SPACE}.
 */
public interface SourceTrees {

  /** What is known of a source without taking it; fails when there is no such commit. */
  Origin look(SourceRequest request) throws InterruptedException;

  /**
   * Take a tree.
   *
   * @param into an empty directory
   */
  Taken take(SourceOrder order, Path into) throws InterruptedException;

  /**
   * Where a tree comes from.
   *
   * @param commit full commit id that the tree is; null when it is no commit as it stands
   * @param branch short branch name; null when none is known
   */
  record Origin(@Nullable String commit, @Nullable String branch) {}

  /**
   * A tree that was taken.
   *
   * @param files how many files, links included
   * @param bytes their size together
   */
  record Taken(Origin origin, long files, long bytes) {}
}
