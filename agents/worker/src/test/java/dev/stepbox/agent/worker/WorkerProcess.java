package dev.stepbox.agent.worker;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.codec.MessageCodec;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A process with an engine that writes down what it hears, and a worker; made to be killed. */
final class WorkerProcess {
  private WorkerProcess() {}

  /**
   * Runs the stage of {@link KilledWorkerIT}.
   *
   * @param arguments the home, and the file for what is heard
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    InProcessTransport transport = InProcessTransport.create();
    try (RealHome home = RealHome.in(Path.of(arguments[0]));
        Writer out = Files.newBufferedWriter(Path.of(arguments[1]))) {
      Worker worker = Worker.start(home.config(), transport.workerEnd());
      transport.engineEnd().send(new ToWorker.RunStage(KilledWorkerIT.assignment()));
      Optional<FromWorker> heard = transport.engineEnd().receive();
      while (heard.isPresent()) {
        out.write(MessageCodec.encode(heard.get()) + "\n");
        out.flush();
        heard =
            heard.get() instanceof FromWorker.StageFinished
                ? Optional.empty()
                : transport.engineEnd().receive();
      }
      worker.close();
    }
  }
}
