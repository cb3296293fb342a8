package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
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

  /** The limit is reached, not passed: the message that fills the queue is still taken. */
  @Test
  void outputWaitsForItsReaderOnceEightMebibytesAreThere() throws Exception {
    InProcessTransport transport = InProcessTransport.create();
    FromWorker piece = output(FromWorker.StepOutput.MAX_BYTES);
    int pieces = InProcessTransport.MAX_OUTPUT_BYTES / FromWorker.StepOutput.MAX_BYTES;
    for (int i = 0; i < pieces; i++) {
      transport.workerEnd().send(piece);
    }
    Thread sender =
        Thread.ofPlatform()
            .start(() -> {
              try {
                transport.workerEnd().send(output(1));
              } catch (InterruptedException ignored) {
                // Nobody interrupts it.
              }
            });
    while (sender.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    for (int i = 0; i < pieces; i++) {
      assertThat(transport.engineEnd().receive()).containsSame(piece);
    }
    assertThat(transport.engineEnd().receive()).contains(output(1));
    sender.join();
  }

  private static FromWorker output(int bytes) {
    return new FromWorker.StepOutput(
        new AttemptId("1", "a", 1), 0, Bytes.copyOf(new byte[bytes], 0, bytes), bytes, List.of());
  }

  @Test
  void aFullQueueTakesTheNextMessageOnceOneIsRead() throws Exception {
    InProcessTransport transport = InProcessTransport.create();
    var message = new ToWorker.ReleaseBuild("7");
    for (int i = 0; i < InProcessTransport.MAX_MESSAGES; i++) {
      transport.engineEnd().send(message);
    }
    Thread sender =
        Thread.ofPlatform()
            .daemon()
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
