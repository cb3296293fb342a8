package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.EngineConfig;
import dev.stepbox.engine.EngineConfig.LayersOpener;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.run.LocalEngine;
import dev.stepbox.engine.worker.BuildPlaces;
import dev.stepbox.engine.worker.WorkerConnector;
import dev.stepbox.pipeline.ParseResult;
import dev.stepbox.pipeline.PipelineParser;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceText;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;

/** Engines on fakes. */
public final class TestEngine {

  private TestEngine() {}

  /** An engine whose worker does what scripts say. */
  public static LocalEngine open(Path home, InstantSource clock) {
    return open(home, clock, TestEngine::worker);
  }

  public static LocalEngine open(Path home, InstantSource clock, WorkerConnector workers) {
    return LocalEngine.open(config(home, clock, workers, new FakeOpener(home.resolve("sources"))));
  }

  /** A worker that does what scripts say. */
  public static Transport<ToWorker, FromWorker> worker(BuildPlaces places) {
    InProcessTransport transport = InProcessTransport.create();
    FakeWorker.start(transport.workerEnd());
    return transport.engineEnd();
  }

  public static EngineConfig config(
      Path home, InstantSource clock, WorkerConnector workers, LayersOpener layers) {
    return new EngineConfig(
        home, clock, new SecureRandom(), workers, layers, new FakeSources(), 2, "0.1.0-test");
  }

  /** A request for a pipeline that must be right. */
  public static BuildRequest.Builder request(String yaml, Path directory) {
    var text = SourceText.of(new SourceName("stepbox.yaml"), yaml);
    return switch (PipelineParser.parse(text)) {
      case ParseResult.Parsed parsed ->
          BuildRequest.builder(yaml, parsed.pipeline(), new SourceRequest.WorkingTree(directory));
      case ParseResult.Rejected rejected ->
          throw new IllegalArgumentException(rejected.diagnostics().toString());
    };
  }
}
