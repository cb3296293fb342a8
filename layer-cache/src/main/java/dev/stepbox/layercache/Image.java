package dev.stepbox.layercache;

import java.nio.file.Path;
import java.util.List;

/**
 * An image in the store; immutable.
 *
 * @param id digest of the image's config, or of what stands for it where the source has none
 * @param layers bottom to top
 * @param hostDirectories directories of the host that show below the layers, for example {@code
 *     /usr}, none of them in another; empty for every image but the host's
 * @param notices what should be in the image and is not, one sentence each
 */
public record Image(
    Digest id,
    ImageConfig config,
    List<LayerId> layers,
    List<Path> hostDirectories,
    List<String> notices) {
  public Image {
    notices = List.copyOf(notices);
    layers = List.copyOf(layers);
    hostDirectories = List.copyOf(hostDirectories);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("an image has at least one layer: " + id);
    }
  }
}
