package dev.stepbox.engine;

import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.layer.KeptSnapshots;
import dev.stepbox.engine.scm.SourceTrees;
import dev.stepbox.engine.worker.WorkerConnector;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What an engine is made of.
 *
 * @param home directory that keeps builds; made when a first build begins
 * @param clock the time
 * @param random for what nobody is to foresee
 * @param workers reaches the worker of a build
 * @param layers opens the layers of a build
 * @param sources takes source trees
 * @param parallel how many stages of a build run at one time when nothing is said
 * @param version of Stepbox, for the record
 */
public record EngineConfig(
    Path home,
    InstantSource clock,
    RandomGenerator random,
    WorkerConnector workers,
    LayersOpener layers,
    SourceTrees sources,
    int parallel,
    String version) {

  public EngineConfig {
    home = home.toAbsolutePath().normalize();
    if (parallel < 1) {
      throw new IllegalArgumentException("at least one stage at a time, not " + parallel);
    }
  }

  /** Opens the layers of builds, and what builds left behind. */
  public interface LayersOpener {

    /**
     * The layers of a build, new or carried on.
     *
     * @param pipeline the directory that its pipeline belongs to
     * @throws EngineException {@link ErrorCode#NO_SPACE} when there is no room for a build
     */
    BuildLayers open(BuildId build, Path pipeline) throws InterruptedException;

    /** What builds that are over left behind. */
    KeptSnapshots kept() throws InterruptedException;
  }
}
