package dev.stepbox.engine.scm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What git would ignore in one work tree, asked on the way down: names are pushed and popped with
 * the directories. Rules of the user and of the machine do not count, only those of the repository.
 */
final class IgnoreRules {

  private final @Nullable GitDirectory git;
  private final List<String> path = new ArrayList<>();
  private final List<IgnoreFile> files = new ArrayList<>();
  private @Nullable TrackedPaths tracked;

  /** The rules of a repository; without one, nothing is ignored. */
  IgnoreRules(@Nullable GitDirectory git) throws IOException {
    this.git = git;
    if (git != null) {
      add(git.excludes());
      add(git.workTree().resolve(".gitignore"));
    }
  }

  private void add(Path file) throws IOException {
    IgnoreFile read = IgnoreFile.read(file, path.size());
    if (read != null) {
      files.add(read);
    }
  }

  /** Go down into a directory. */
  void enter(String name, Path directory) throws IOException {
    path.add(name);
    if (git != null) {
      add(directory.resolve(".gitignore"));
    }
  }

  /** Go up again. */
  void leave() {
    while (!files.isEmpty() && files.getLast().depth() == path.size() && !path.isEmpty()) {
      files.removeLast();
    }
    path.removeLast();
  }

  /** Whether a rule ignores what has this name in the present directory. */
  boolean ignores(String name, boolean isDirectory) {
    path.add(name);
    try {
      for (int i = files.size() - 1; i >= 0; i--) {
        Boolean says = files.get(i).ignores(path, isDirectory);
        if (says != null) {
          return says;
        }
      }
      return false;
    } finally {
      path.removeLast();
    }
  }

  /** Whether what has this name in the present directory is tracked, or something below it. */
  boolean isTracked(String name, boolean isDirectory) throws IOException {
    if (git == null) {
      return false;
    }
    if (tracked == null) {
      tracked = TrackedPaths.read(git.index(), git.idLength());
    }
    String whole = path.isEmpty() ? name : String.join("/", path) + "/" + name;
    return tracked.contains(whole) || (isDirectory && tracked.hasBelow(whole));
  }
}
