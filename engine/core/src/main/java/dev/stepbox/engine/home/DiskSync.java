package dev.stepbox.engine.home;

import dev.stepbox.engine.DiskFailures;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Brings files and directories to the disk, so that a power cut cannot take them. */
public final class DiskSync {

  private DiskSync() {}

  /** A file, or the names in a directory; one that is not there is passed over. */
  public static void file(Path file) {
    if (Files.exists(file)) {
      try {
        force(file);
      } catch (IOException e) {
        throw DiskFailures.of("bring to the disk", file, e);
      }
    }
  }

  /** A directory and all below it; one that is not there is passed over. */
  static void tree(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              if (attributes.isRegularFile()) {
                force(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                throws IOException {
              force(visited);
              return super.postVisitDirectory(visited, failure);
            }
          });
    } catch (IOException e) {
      throw DiskFailures.of("bring to the disk", directory, e);
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
