package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.FromWorker;

/** Where messages to the engine go; waits while the engine is behind. */
@FunctionalInterface
public interface Outbox {
  /** Hands a message on. */
  void send(FromWorker message) throws InterruptedException;
}
