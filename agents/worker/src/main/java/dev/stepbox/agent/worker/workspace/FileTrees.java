package dev.stepbox.agent.worker.workspace;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Work on directories that belong to this process's own user. */
final class FileTrees {
  private FileTrees() {}

  /** Removes a directory with all in it; does nothing when it is not there. Follows no link. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Path ignored =
        Files.walkFileTree(
            directory,
            new SimpleFileVisitor<>() {
              @Override
              public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                  throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
              }

              @Override
              public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                  throws IOException {
                if (failure != null) {
                  throw failure;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
              }
            });
  }
}
