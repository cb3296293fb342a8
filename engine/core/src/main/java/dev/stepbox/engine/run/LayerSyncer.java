package dev.stepbox.engine.run;

import dev.stepbox.engine.layer.BuildLayers;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Brings the layers of a build to the disk, once, beside what its worker does to let go of it. For
 * one thread.
 */
final class LayerSyncer {

  private final BuildLayers layers;
  private @Nullable FutureTask<Void> task;

  LayerSyncer(BuildLayers layers) {
    this.layers = layers;
  }

  /** Begins; no stage of the build makes a layer any more. */
  void begin() {
    if (task == null) {
      FutureTask<Void> made =
          new FutureTask<>(() -> {
            layers.makeDurable();
            return null;
          });
      Thread.ofVirtual().name("layer-sync").start(made);
      task = made;
    }
  }

  /**
   * Waits until all are on disk.
   *
   * @throws dev.stepbox.engine.EngineException what went wrong
   */
  void finish() throws InterruptedException {
    begin();
    FutureTask<Void> begun = task;
    try {
      if (begun != null) {
        begun.get();
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case InterruptedException interrupt -> throw interrupt;
        case null -> throw new IllegalStateException(e);
        case Throwable other -> throw new IllegalStateException(other);
      }
    }
  }
}
