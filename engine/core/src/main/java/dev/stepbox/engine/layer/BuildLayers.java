package dev.stepbox.engine.layer;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.EngineException;
import dev.stepbox.pipeline.model.ImageRef;
import java.nio.file.Path;
import java.util.List;

/**
 * Layers of one build. Thread-safe. Every method throws {@link EngineException}; what the store
 * says is kept as its cause.
 */
public interface BuildLayers {

  /**
   * The image that a pipeline names; a file or directory is read into the store when it is new
   * there or has changed.
   *
   * @param directory that relative paths start from
   * @throws EngineException {@link dev.stepbox.engine.ErrorCode#IMAGE_UNUSABLE}
   */
  RootImage image(ImageRef reference, Path directory) throws InterruptedException;

  /**
   * What a stage starts from that follows several others: their workspaces put together, and as
   * much of their root file systems as they have in common.
   *
   * @param image of the stage that starts
   * @param origins what the others left behind, in the order of the file; may be empty
   */
  Joined join(RootImage image, List<Origin> origins) throws InterruptedException;

  /** A new directory for a source tree. */
  SourcePlace newSource() throws InterruptedException;

  /** Keep what a stage left behind as long as the build is not over. */
  void hold(Snapshot snapshot);

  /** Returns when everything that was left behind until now survives a power cut. */
  void makeDurable() throws InterruptedException;

  /**
   * The build is over: let go of all that was kept for it. Idempotent.
   *
   * @param left what its stages left behind, kept for people until the next build of the same
   *     pipeline directory is over
   */
  void release(List<Snapshot> left) throws InterruptedException;

  /** A directory that becomes a layer. */
  interface SourcePlace extends AutoCloseable {

    /** An empty directory, absolute. */
    Path directory();

    /** Make what was written there a layer; returns its id. */
    String seal() throws InterruptedException;

    /** Remove the directory, unless it was sealed. */
    @Override
    void close();
  }

  /** What another stage left behind. */
  record Origin(String stage, Snapshot snapshot) {}

  /** What came of a join. */
  sealed interface Joined {

    /** The stage may start from this. */
    record Ready(Snapshot base) implements Joined {}

    /**
     * Stages changed the same path differently.
     *
     * @param because names stages and paths, for people
     */
    record Conflicted(String because) implements Joined {}
  }
}
