package dev.stepbox.engine.worker;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;

/** Brings a worker up, or meets one that is up, for one build. Implemented where all is wired. */
public interface WorkerConnector {

  /**
   * A connection to the worker that runs the stages of a build. The engine closes it; the worker
   * then ends, and leaves running steps alone unless the build was released.
   */
  Transport<ToWorker, FromWorker> connect(BuildPlaces places) throws InterruptedException;
}
