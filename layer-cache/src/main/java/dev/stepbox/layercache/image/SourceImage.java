package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.ImageConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a source says of an image before its layers are read.
 *
 * @param document the config as it stands in the source; its digest is the image's id
 * @param layers bottom to top
 */
record SourceImage(String document, ImageConfig config, List<SourceLayer> layers) {
  SourceImage {
    layers = List.copyOf(layers);
  }

  /**
   * A layer of an image.
   *
   * @param file its name in the source
   * @param diffId digest of the tar archive
   * @param packed digest of the file; null where the source does not say it
   */
  record SourceLayer(String file, Digest diffId, @Nullable Digest packed) {}
}
