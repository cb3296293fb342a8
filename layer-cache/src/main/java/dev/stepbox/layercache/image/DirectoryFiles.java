package dev.stepbox.layercache.image;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.archive.ByteFeed;
import dev.stepbox.layercache.archive.LayerStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Files in a directory.
 *
 * @param limits bound the size of documents
 */
record DirectoryFiles(Path directory, Limits limits) implements ImageFiles {
  private static final int PARALLELISM = 4;

  @Override
  public Optional<byte[]> document(String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > limits.jsonBytesMax()) {
      throw tooLarge(name, limits);
    }
    return Optional.of(Files.readAllBytes(file));
  }

  static LayerCacheException tooLarge(String name, Limits limits) {
    return new LayerCacheException(
        Code.LIMIT_EXCEEDED,
        "cannot read '%s' of the image: it is larger than %d bytes (limit jsonBytesMax)"
            .formatted(name, limits.jsonBytesMax()));
  }

  @Override
  public Optional<ByteFeed> open(String name) throws IOException {
    Path file = directory.resolve(name);
    return Files.isRegularFile(file)
        ? Optional.of(LayerStream.ofFile(file, 0, Files.size(file)))
        : Optional.empty();
  }

  @Override
  public long order(String name) {
    return 0;
  }

  @Override
  public int parallelism() {
    return PARALLELISM;
  }
}
