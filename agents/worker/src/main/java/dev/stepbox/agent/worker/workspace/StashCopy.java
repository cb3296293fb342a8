package dev.stepbox.agent.worker.workspace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Copies the tree of a stash, which belongs to this process's own user. Blocks of nothing but zeros
 * become holes. Not for use by several threads.
 */
final class StashCopy {
  private static final int BLOCK_BYTES = 64 * 1024;
  private static final byte[] ZEROS = new byte[BLOCK_BYTES];

  private final KeptBytes bytes;
  private final BooleanSupplier stop;
  private final byte[] block = new byte[BLOCK_BYTES];

  StashCopy(KeptBytes bytes, BooleanSupplier stop) {
    this.bytes = bytes;
    this.stop = stop;
  }

  /** Copies what is in a directory to another one; returns whether it is all there. */
  boolean copy(Path from, Path to) throws IOException {
    // Times of directories are set when all is in them.
    List<Path> directories = new ArrayList<>();
    boolean[] isWhole = {true};
    Path ignored =
        Files.walkFileTree(
            from,
            new SimpleFileVisitor<>() {
              @Override
              public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes)
                  throws IOException {
                if (!visited.equals(from)) {
                  Files.createDirectory(to.resolve(from.relativize(visited)));
                  directories.add(visited);
                }
                return FileVisitResult.CONTINUE;
              }

              @Override
              public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                  throws IOException {
                Path copy = to.resolve(from.relativize(file));
                isWhole[0] = !stop.getAsBoolean() && bytes.take(KeptBytes.ENTRY_BYTES);
                if (!isWhole[0]) {
                  return FileVisitResult.TERMINATE;
                }
                if (attributes.isRegularFile()) {
                  isWhole[0] = copyFile(file, copy, attributes);
                } else {
                  Files.copy(
                      file, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
                }
                return isWhole[0] ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
              }
            });
    for (Path visited : directories.reversed()) {
      Files.setLastModifiedTime(
          to.resolve(from.relativize(visited)), Files.getLastModifiedTime(visited));
    }
    return isWhole[0];
  }

  private boolean copyFile(Path from, Path to, BasicFileAttributes attributes) throws IOException {
    Files.createFile(to);
    try (InputStream in = Files.newInputStream(from);
        SparseFile out = new SparseFile(to, bytes, stop)) {
      long at = 0;
      for (int read = next(in); read > 0; read = next(in)) {
        boolean isHole = Arrays.equals(block, 0, read, ZEROS, 0, read);
        if (isHole ? stop.getAsBoolean() : !out.write(at, block, read)) {
          return false;
        }
        at += read;
      }
      out.end(at);
    }
    Files.setAttribute(to, "unix:mode", Files.getAttribute(from, "unix:mode"));
    Files.setLastModifiedTime(to, attributes.lastModifiedTime());
    return true;
  }

  private int next(InputStream in) throws IOException {
    return in.readNBytes(block, 0, BLOCK_BYTES);
  }
}
