package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineConfig.LayersOpener;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.layer.KeptSnapshots;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Opens layers that are only names; nothing is left of builds that are over. */
public class FakeOpener implements LayersOpener, KeptSnapshots {

  private final Path sources;

  /** Opens layers whose sources lie below a directory. */
  public FakeOpener(Path sources) {
    this.sources = sources;
  }

  @Override
  public BuildLayers open(BuildId build, Path pipeline) throws InterruptedException {
    return new FakeLayers(sources);
  }

  @Override
  public KeptSnapshots kept() {
    return this;
  }

  @Override
  public OptionalInt export(Snapshot snapshot, String path, Path target) {
    return OptionalInt.empty();
  }

  @Override
  public void forget(Path pipeline) {}
}
