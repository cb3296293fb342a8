package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.log.StepLogs;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** However listening to a worker ends, the build hears of it. */
@Timeout(120)
class WorkerLinkTest {
  private final BlockingQueue<Input> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<EngineException> broken = new LinkedBlockingQueue<>();

  @TempDir private Path directory;

  private WorkerLink link(Transport<ToWorker, FromWorker> transport, Consumer<Input> out) {
    return new WorkerLink("link", transport, new StepLogs(directory), out, broken::add);
  }

  /** A connection with a defect. */
  private record Defective() implements Transport<ToWorker, FromWorker> {
    @Override
    public void send(ToWorker message) {
      throw new AgentException(AgentErrorCode.TRANSPORT_CLOSED, "closed");
    }

    @Override
    public Optional<FromWorker> receive() {
      throw new IllegalStateException("a defect");
    }

    @Override
    public void close() {}
  }

  @Test
  void aConnectionWithADefectIsAWorkerThatIsGone() throws Exception {
    WorkerLink link = link(new Defective(), heard::add);
    link.start();
    assertThat(heard.take()).isInstanceOf(Input.WorkerGone.class);
    assertThat(broken.take().code()).isEqualTo(ErrorCode.INTERNAL);
    link.close();
  }

  @Test
  void aMessageThatCannotBeTakenInIsToldAndTheNextOneHeard() throws Exception {
    InProcessTransport transport = InProcessTransport.create();
    var ready = new FromWorker.WorkerReady(ProtocolVersion.CURRENT, "worker");
    Consumer<Input> refusesOnce =
        input -> {
          if (broken.isEmpty() && input instanceof Input.Told) {
            throw new IllegalStateException("a defect");
          }
          heard.add(input);
        };
    WorkerLink link = link(transport.engineEnd(), refusesOnce);
    link.start();
    transport.workerEnd().send(ready);
    transport.workerEnd().send(ready);
    assertThat(heard.take()).isEqualTo(new Input.Told(ready, 0));
    assertThat(broken.take().code()).isEqualTo(ErrorCode.INTERNAL);
    transport.workerEnd().close();
    assertThat(heard.take()).isInstanceOf(Input.WorkerGone.class);
    link.close();
  }

  @Test
  void whoSendsToAWorkerThatIsGoneIsToldAndNotTheQueue() throws Exception {
    WorkerLink link = link(new Defective(), heard::add);
    assertThat(link.send(new ToWorker.ReleaseBuild("1"))).isEqualTo(new Input.WorkerGone("closed"));
    assertThat(heard).isEmpty();
  }
}
