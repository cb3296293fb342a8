package dev.stepbox.engine.home;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Brings files and directories to the disk, so that a power cut cannot take them. */
public final class DiskSync {

  /**
   * Files that are waited for at the same time. A file system with a journal brings them to the
   * disk in one go; one after the other takes fifteen times as long.
   */
  private static final int TOGETHER = 16;

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
  public static void tree(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> files = new ArrayList<>();
    List<Path> directories = new ArrayList<>();
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                throws IOException {
              directories.add(visited);
              return super.postVisitDirectory(visited, failure);
            }
          });
    } catch (IOException e) {
      throw DiskFailures.of("bring to the disk", directory, e);
    }
    all(files);
    all(directories);
  }

  /** All of them, in no order; who calls this is not interrupted. */
  private static void all(List<Path> files) {
    List<Future<?>> begun = new ArrayList<>(files.size());
    try (ExecutorService threads =
        Executors.newFixedThreadPool(TOGETHER, Thread.ofPlatform().daemon().factory())) {
      files.forEach(file -> begun.add(threads.submit(() -> file(file))));
    }
    for (Future<?> one : begun) {
      if (one.state() != Future.State.SUCCESS) {
        throw one.exceptionNow() instanceof EngineException failure
            ? failure
            : new IllegalStateException(one.exceptionNow());
      }
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
