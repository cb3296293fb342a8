package dev.stepbox.layercache;

import java.util.List;

/**
 * What a stage starts from or leaves behind; immutable.
 *
 * @param workspaceLayers bottom to top; empty for an empty workspace
 * @param image id of the image under the root file system
 * @param rootLayers what stages changed in it, bottom to top
 */
public record Snapshot(List<LayerId> workspaceLayers, Digest image, List<LayerId> rootLayers) {
  public Snapshot {
    workspaceLayers = List.copyOf(workspaceLayers);
    rootLayers = List.copyOf(rootLayers);
  }

  /** The start of a build: an empty workspace on an untouched image. */
  public static Snapshot of(Image image) {
    return new Snapshot(List.of(), image.id(), List.of());
  }
}
