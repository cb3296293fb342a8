package dev.stepbox.layercache;

import dev.stepbox.layercache.LayerCacheException.Code;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Turns failed operations on files of the store into exceptions with code and remedy. */
public final class StoreFailures {
  private StoreFailures() {}

  /**
   * The exception for a failed operation.
   *
   * @param tried infinitive clause without object, for example {@code create layer}
   * @param path what was operated on, in the store
   */
  public static LayerCacheException of(String tried, Path path, IOException cause) {
    String what = "cannot %s '%s': %s".formatted(tried, path, reason(cause));
    if (isFull(path, cause)) {
      return new LayerCacheException(
          Code.STORE_FULL,
          what + ". Run 'stepbox cache prune' or free some space on that file system.",
          cause);
    }
    if (isReadOnly(path, cause)) {
      return new LayerCacheException(
          Code.STORE_READ_ONLY,
          what + ". Make it writable, or choose another directory with STEPBOX_HOME.",
          cause);
    }
    return new LayerCacheException(
        Code.STORE_UNUSABLE, what + ". Check the file system that holds the store.", cause);
  }

  private static String reason(IOException cause) {
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof FileSystemException known) {
      String reason = known.getReason();
      return reason == null ? known.getClass().getSimpleName() : reason;
    }
    return String.valueOf(cause.getMessage());
  }

  // The text of an error depends on the locale, so the file system is asked as well.
  private static boolean isFull(Path path, IOException cause) {
    String text = String.valueOf(cause.getMessage());
    if (text.contains("No space left") || text.contains("quota exceeded")) {
      return true;
    }
    FileStore store = fileStore(path);
    try {
      return store != null && store.getUsableSpace() == 0;
    } catch (IOException ignored) {
      // The first failure is the one to tell.
      return false;
    }
  }

  private static boolean isReadOnly(Path path, IOException cause) {
    FileStore store = fileStore(path);
    return cause instanceof AccessDeniedException
        || String.valueOf(cause.getMessage()).contains("Read-only file system")
        || (store != null && store.isReadOnly());
  }

  private static @Nullable FileStore fileStore(Path path) {
    for (Path at = path.toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at)) {
        try {
          return Files.getFileStore(at);
        } catch (IOException ignored) {
          // The first failure is the one to tell.
          return null;
        }
      }
    }
    return null;
  }
}
