package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.archive.UnpackedLayer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A layer that is unpacked in a directory of this process and is not part of the store yet.
 *
 * @param directory with the tree and the manifest
 * @param diffId computed while unpacking
 */
record StagedLayer(Path directory, Digest diffId, UnpackedLayer unpacked) implements AutoCloseable {
  @Override
  public void close() throws IOException {
    unpacked.close();
  }
}
