package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.EngineConfig;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.run.LocalEngine;
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
    return open(
        home,
        clock,
        _ -> {
          InProcessTransport transport = InProcessTransport.create();
          FakeWorker.start(transport.workerEnd());
          return transport.engineEnd();
        });
  }

  public static LocalEngine open(Path home, InstantSource clock, WorkerConnector workers) {
    return LocalEngine.open(
        new EngineConfig(
            home,
            clock,
            new SecureRandom(),
            workers,
            new FakeOpener(home.resolve("sources")),
            new FakeSources(),
            2,
            "0.1.0-test"));
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
