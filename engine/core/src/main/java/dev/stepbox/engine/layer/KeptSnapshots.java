package dev.stepbox.engine.layer;

import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.EngineException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * What builds that are over left in the store. It is kept for the last build of each pipeline
 * directory; that of others goes when room is needed. Thread-safe.
 */
public interface KeptSnapshots {

  /**
   * Copy a file, or a directory with all below it, out of a workspace that a stage left behind.
   * Links are copied as links and never followed.
   *
   * @param path relative, with {@code /}; empty for everything
   * @param target the name of the copy; for a directory, it may be there
   * @return how many files were copied; empty when there is nothing at the path
   * @throws EngineException {@link dev.stepbox.engine.ErrorCode#UNKNOWN_ARTIFACT} when the snapshot
   *     is gone, or the path cannot be one
   */
  OptionalInt export(Snapshot snapshot, String path, Path target) throws InterruptedException;

  /** What the last build of a pipeline directory left behind is needed no more. */
  void forget(Path pipeline);
}
