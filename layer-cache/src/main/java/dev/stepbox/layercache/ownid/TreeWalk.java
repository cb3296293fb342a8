package dev.stepbox.layercache.ownid;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreePath;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** Visits all files below a directory, each directory before what is in it, names in order. */
final class TreeWalk {
  private TreeWalk() {}

  /** Sees each file. */
  interface Visitor {
    void see(Path file, TreePath path, FileStatus status) throws IOException;
  }

  /** A directory whose entries wait to be visited. */
  private record Open(TreePath path, Deque<String> names, int restoredMode) {
    static final int UNCHANGED = -1;
  }

  static void below(Path tree, Visitor visitor) throws IOException {
    Deque<Open> stack = new ArrayDeque<>();
    try {
      stack.push(open(tree, TreePath.ROOT, FileStatus.of(tree)));
      while (!stack.isEmpty()) {
        Open top = stack.peek();
        String name = top.names.poll();
        if (name == null) {
          close(tree, stack.pop());
          continue;
        }
        TreePath path = child(tree, top.path, name);
        Path file = path.in(tree);
        FileStatus status = FileStatus.of(file);
        visitor.see(file, path, status);
        if (status.isDirectory()) {
          stack.push(open(file, path, status));
        }
      }
    } finally {
      while (!stack.isEmpty()) {
        close(tree, stack.pop());
      }
    }
  }

  private static TreePath child(Path tree, TreePath parent, String name) {
    if (parent.raw().length() + 1 + name.length() > TreePath.BYTES_MAX) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          "cannot read '%s': a path in it is longer than %d bytes. Remove that directory."
              .formatted(tree, TreePath.BYTES_MAX));
    }
    return parent.child(name);
  }

  private static Open open(Path directory, TreePath path, FileStatus status) throws IOException {
    int needed = 0500;
    boolean isLocked = (status.permissions() & needed) != needed;
    if (isLocked) {
      OpenAccess.setMode(directory, status.permissions() | needed);
    }
    return new Open(path, names(directory), isLocked ? status.permissions() : Open.UNCHANGED);
  }

  private static void close(Path tree, Open done) throws IOException {
    if (done.restoredMode != Open.UNCHANGED) {
      OpenAccess.setMode(done.path.in(tree), done.restoredMode);
    }
  }

  /** The names in a directory, sorted by byte. */
  static Deque<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        names.add(RawPaths.raw(entry.getFileName()));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    return new ArrayDeque<>(names);
  }
}
