package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;

/** The worker that the engine is tested with keeps what every worker keeps. */
class FakeWorkerTest extends WordedWorkerContract {

  @Override
  protected AutoCloseable start(Transport<FromWorker, ToWorker> end) {
    return FakeWorker.start(end);
  }
}
