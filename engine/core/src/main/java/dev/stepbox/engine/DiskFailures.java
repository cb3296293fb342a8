package dev.stepbox.engine;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import org.jspecify.annotations.Nullable;

/** Failures of the file system, told apart by what a person has to do about them. */
public final class DiskFailures {

  /** A file system with less than this left counts as full. */
  private static final long FULL_BYTES = 64 * 1024;

  private DiskFailures() {}

  /**
   * What to throw.
   *
   * @param tried what was tried, such as {@code write the journal}
   * @param on the file it was tried on
   */
  public static EngineException of(String tried, Path on, IOException cause) {
    boolean isFull = isFull(on, cause);
    String advice =
        isFull
            ? "Free some space; 'stepbox cache prune' may help."
            : "Check that the directory exists and that you may write there.";
    return new EngineException(
        isFull ? ErrorCode.NO_SPACE : ErrorCode.HOME_UNUSABLE,
        "cannot %s '%s': %s. %s".formatted(tried, on, reason(cause), advice),
        cause);
  }

  /**
   * What to throw when a copy cannot be written to where somebody wanted it.
   *
   * @param place the file or directory that could not be written
   */
  public static EngineException ofDestination(Path place, IOException cause) {
    String why = cause instanceof AccessDeniedException ? "permission denied" : reason(cause);
    boolean isFull = isFull(place, cause);
    String advice =
        isFull
            ? "Free some space there, or name another place."
            : "Name a place where you may write.";
    return new EngineException(
        isFull ? ErrorCode.NO_SPACE : ErrorCode.DESTINATION_UNUSABLE,
        "cannot write '%s': %s. %s".formatted(place, why, advice),
        cause);
  }

  private static String reason(IOException cause) {
    return switch (cause) {
      case AccessDeniedException _ -> "access denied";
      case NoSuchFileException missing -> "'%s' does not exist".formatted(missing.getFile());
      case DirectoryNotEmptyException _ -> "a directory is there, with files in it";
      case FileAlreadyExistsException fs when fs.getReason() == null -> "a file is in the way";
      case FileSystemException fs when fs.getReason() != null -> fs.getReason();
      default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    };
  }

  private static boolean isFull(Path on, IOException cause) {
    String message = cause.getMessage();
    if (message != null && message.contains("No space left")) {
      return true;
    }
    Path existing = existing(on);
    try {
      return existing != null && Files.getFileStore(existing).getUsableSpace() < FULL_BYTES;
    } catch (IOException | ReadOnlyFileSystemException ignored) {
      // The first failure is the one to tell; this was only to describe it better.
      return false;
    }
  }

  private static @Nullable Path existing(Path path) {
    Path at = path.toAbsolutePath();
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return at;
  }
}
