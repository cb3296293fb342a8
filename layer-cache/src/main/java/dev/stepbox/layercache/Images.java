package dev.stepbox.layercache;

import java.util.List;
import java.util.Optional;

/** The images of the store. Safe for use by several threads and processes. */
public interface Images {

  /**
   * Reads an image into the store under a name, which is taken from the image that had it.
   *
   * @throws LayerCacheException {@code SOURCE_UNREADABLE}, {@code ARCHIVE_CORRUPT}, {@code
   *     ARCHIVE_REFUSED}, {@code DIGEST_MISMATCH}, {@code LIMIT_EXCEEDED}, {@code UNSUPPORTED},
   *     {@code STORE_FULL}, {@code STORE_READ_ONLY}, {@code STORE_UNUSABLE}; then the store is as
   *     before
   */
  ImportReport load(ImageName name, ImageSource source) throws InterruptedException;

  /**
   * The image of a source, read only when it is not in the store or the source has changed since.
   *
   * @throws LayerCacheException as {@link #load}
   */
  Image ensure(ImageSource source) throws InterruptedException;

  /** The image with this name. */
  Optional<Image> named(ImageName name);

  /**
   * The image with this id.
   *
   * @throws LayerCacheException {@code IMAGE_UNKNOWN}, {@code STORE_CORRUPT}
   */
  Image byId(Digest id);

  /** All images, by name; those without a name are not told. */
  List<Named> all();

  /**
   * Forgets a name. The layers go with the next reclaiming, unless something else needs them.
   *
   * @throws LayerCacheException {@code IMAGE_UNKNOWN}
   */
  void remove(ImageName name);

  /**
   * An image with its name and size.
   *
   * @param size of its layers, also those it shares with other images
   */
  record Named(ImageName name, Image image, TreeSize size) {}
}
