package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class InProcessTransportTest extends TransportContract {
  @Override
  protected Ends connect() {
    InProcessTransport transport = InProcessTransport.create();
    return new Ends(transport.engineEnd(), transport.workerEnd());
  }

  @Test
  void messagesAreHandedOverWithoutACopy() throws Exception {
    InProcessTransport transport = InProcessTransport.create();
    var message = new ToWorker.ReleaseBuild("7");
    transport.engineEnd().send(message);
    assertThat(transport.workerEnd().receive().orElseThrow()).isSameAs(message);
  }

  @Test
  void aFullQueueTakesTheNextMessageOnceOneIsRead() throws Exception {
    InProcessTransport transport = InProcessTransport.create();
    var message = new ToWorker.ReleaseBuild("7");
    for (int i = 0; i < InProcessTransport.MAX_MESSAGES; i++) {
      transport.engineEnd().send(message);
    }
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              try {
                transport.engineEnd().send(new ToWorker.ReleaseBuild("8"));
              } catch (InterruptedException ignored) {
                // Interrupted below, which is what the test looks at.
              }
            });
    for (int i = 0; i < InProcessTransport.MAX_MESSAGES; i++) {
      assertThat(transport.workerEnd().receive()).contains(message);
    }
    assertThat(transport.workerEnd().receive()).contains(new ToWorker.ReleaseBuild("8"));
    sender.join();
  }
}
