package dev.stepbox.layercache.image;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The exceptions for sources of images that are not what they should be. */
final class SourceFailures {
  private SourceFailures() {}

  static LayerCacheException unreadable(Object source, IOException cause) {
    String why =
        switch (cause) {
          case NoSuchFileException _ -> "no such file";
          case FileSystemException e when e.getReason() != null -> e.getReason();
          default -> String.valueOf(cause.getMessage());
        };
    return new LayerCacheException(
        Code.SOURCE_UNREADABLE,
        "cannot read image source '%s': %s. Check the path and its permissions."
            .formatted(source, why),
        cause);
  }

  static LayerCacheException corrupt(Object source, String why) {
    return new LayerCacheException(
        Code.ARCHIVE_CORRUPT,
        "cannot use image source '%s': %s. Fetch or make it again.".formatted(source, why));
  }

  static LayerCacheException unsupported(Object source, String why) {
    return new LayerCacheException(
        Code.UNSUPPORTED, "cannot use image source '%s': %s".formatted(source, why));
  }

  static LayerCacheException refused(Object source, String why) {
    return new LayerCacheException(
        Code.ARCHIVE_REFUSED,
        "refused image source '%s': %s. Do not trust it.".formatted(source, why));
  }

  static LayerCacheException mismatch(String what, Object expected, Object actual) {
    return new LayerCacheException(
        Code.DIGEST_MISMATCH,
        "%s has digest '%s', but the image names '%s'. Fetch or make the image again."
            .formatted(what, actual, expected));
  }
}
