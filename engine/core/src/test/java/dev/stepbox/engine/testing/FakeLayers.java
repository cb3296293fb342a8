package dev.stepbox.engine.testing;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.pipeline.model.ImageRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Layers that are only names; their sources are real directories. */
public class FakeLayers implements BuildLayers {

  private final Path directory;
  private final AtomicInteger count = new AtomicInteger();

  /** Layers whose sources lie below a directory. */
  public FakeLayers(Path directory) {
    this.directory = directory;
  }

  @Override
  public RootImage image(ImageRef reference, Path start) {
    return switch (reference) {
      case ImageRef.Host _ -> RootImage.host();
      case ImageRef.Named named when named.reference().startsWith("unknown") ->
          throw new EngineException(
              ErrorCode.IMAGE_UNUSABLE, "cannot find image '%s'".formatted(reference));
      default -> new RootImage.Stored(reference.toString(), "sha256:" + "0".repeat(64));
    };
  }

  /** Every stage whose name begins with "conflict" is in conflict with any other. */
  @Override
  public Joined join(RootImage image, List<Origin> origins) {
    Set<String> layers = new LinkedHashSet<>();
    for (Origin origin : origins) {
      if (origins.size() > 1 && origin.stage().startsWith("conflict")) {
        return new Joined.Conflicted("cannot merge '%s'".formatted(origin.stage()));
      }
      layers.addAll(origin.snapshot().workspaceLayers());
    }
    return new Joined.Ready(new Snapshot(image, List.of(), List.copyOf(layers)));
  }

  @Override
  public SourcePlace newSource() {
    try {
      Files.createDirectories(directory);
      Path place = Files.createTempDirectory(directory, "source");
      return new SourcePlace() {
        @Override
        public Path directory() {
          return place;
        }

        @Override
        public String seal() {
          return "source-" + count.incrementAndGet();
        }

        @Override
        public void close() {}
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void hold(Snapshot snapshot) {}

  @Override
  public void makeDurable() {}

  @Override
  public void release(List<Snapshot> left) {}
}
