package dev.stepbox.engine.scm;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.layercache.RawPaths;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Copies a directory as it stands: all files but those that git ignores, and no {@code .git}. Links
 * are copied as links and never followed; permissions and times are kept; pipes, sockets and
 * devices are left out; files share their blocks with the originals where the file system can. What
 * disappears while it is copied is left out.
 */
final class TreeSnapshot {

  /** Most files of a tree. */
  static final long FILES_MAX = 5_000_000;

  /** Deepest directory of a tree, as deep as the store copies. */
  static final int DEPTH_MAX = 256;

  private final Path top;
  private final long filesMax;
  private long files;
  private long bytes;
  private int depth;

  private TreeSnapshot(Path top, long filesMax) {
    this.top = top;
    this.filesMax = filesMax;
  }

  /** How many files were copied, links included, and their size together. */
  record Size(long files, long bytes) {}

  /**
   * Copy a directory.
   *
   * @param into an empty directory
   */
  static Size copy(Path directory, Path into) throws InterruptedException {
    return copy(directory, into, FILES_MAX);
  }

  static Size copy(Path directory, Path into, long filesMax) throws InterruptedException {
    var snapshot = new TreeSnapshot(directory, filesMax);
    try {
      IgnoreRules rules = snapshot.rulesAt(directory);
      snapshot.contents(directory, into, rules, Taking.ALL);
    } catch (AccessDeniedException e) {
      throw new EngineException(
          ErrorCode.SOURCE_UNAVAILABLE,
          "cannot copy '%s': access denied. Make it readable, or let git ignore it."
              .formatted(e.getFile()),
          e);
    } catch (IOException e) {
      throw DiskFailures.of("copy the source tree to", into, e);
    }
    return new Size(snapshot.files, snapshot.bytes);
  }

  /** Which files of a directory are taken. */
  private enum Taking {
    /** All that no rule ignores, and all that are tracked. */
    ALL,
    /** The directory itself is ignored: only what is tracked. */
    TRACKED
  }

  /**
   * The rules that hold in a directory, those of the directories above it included. A repository
   * that ignores the directory as a whole has no say in it.
   */
  private IgnoreRules rulesAt(Path directory) throws IOException {
    GitDirectory git = GitDirectory.enclosing(directory).orElse(null);
    var rules = new IgnoreRules(git);
    if (git != null) {
      Path at = git.workTree();
      for (Path part : git.workTree().relativize(directory)) {
        String name = RawPaths.raw(part);
        if (name.isEmpty()) {
          continue;
        }
        if (rules.ignores(name, true) && !rules.isTracked(name, true)) {
          return new IgnoreRules(null);
        }
        at = at.resolve(part);
        rules.enter(name, at);
      }
    }
    return rules;
  }

  private void contents(Path from, Path to, IgnoreRules rules, Taking taking)
      throws IOException, InterruptedException {
    for (Path entry : entries(from)) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the copy of '%s' was stopped".formatted(top));
      }
      String name = RawPaths.raw(entry.getFileName());
      if (!name.equals(".git")) {
        try {
          entry(entry, to.resolve(entry.getFileName()), name, rules, taking);
        } catch (NoSuchFileException goneMeanwhile) {
          if (Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
            throw goneMeanwhile;
          }
        }
      }
    }
  }

  private static List<Path> entries(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return entries;
  }

  private void entry(Path from, Path to, String name, IgnoreRules rules, Taking taking)
      throws IOException, InterruptedException {
    PosixFileAttributes attributes =
        Files.readAttributes(from, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    boolean isDirectory = attributes.isDirectory();
    boolean isIgnored = taking == Taking.TRACKED || rules.ignores(name, isDirectory);
    if (isIgnored && !rules.isTracked(name, isDirectory)) {
      return;
    }
    if (isDirectory) {
      directory(from, to, name, rules, isIgnored ? Taking.TRACKED : Taking.ALL, attributes);
    } else if (attributes.isSymbolicLink()) {
      count(attributes.size());
      Files.createSymbolicLink(to, Files.readSymbolicLink(from));
    } else if (attributes.isRegularFile()) {
      count(attributes.size());
      Files.copy(from, to, LinkOption.NOFOLLOW_LINKS);
      keep(to, attributes);
    }
  }

  private void directory(
      Path from,
      Path to,
      String name,
      IgnoreRules rules,
      Taking taking,
      PosixFileAttributes attributes)
      throws IOException, InterruptedException {
    if (++depth > DEPTH_MAX) {
      throw tooMuch("it has directories more than %d deep".formatted(DEPTH_MAX));
    }
    try {
      Files.createDirectory(to);
      GitDirectory inner = GitDirectory.at(from);
      if (inner != null) {
        // A repository within the repository has its own rules and its own index.
        contents(from, to, new IgnoreRules(inner), Taking.ALL);
      } else {
        rules.enter(name, from);
        contents(from, to, rules, taking);
        rules.leave();
      }
      keep(to, attributes);
    } finally {
      depth--;
    }
  }

  private void count(long size) {
    files++;
    bytes += size;
    if (files > filesMax) {
      throw tooMuch("it has more than %d files".formatted(filesMax));
    }
  }

  private EngineException tooMuch(String why) {
    return new EngineException(
        ErrorCode.LIMIT_EXCEEDED,
        "cannot copy the source tree '%s': %s. Let git ignore what is not source."
            .formatted(top, why));
  }

  /** The times and permissions of the original; who copies can always read and enter the copy. */
  private static void keep(Path copy, PosixFileAttributes attributes) throws IOException {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    permissions.addAll(attributes.permissions());
    permissions.add(PosixFilePermission.OWNER_READ);
    if (attributes.isDirectory()) {
      permissions.add(PosixFilePermission.OWNER_WRITE);
      permissions.add(PosixFilePermission.OWNER_EXECUTE);
    }
    Files.setPosixFilePermissions(copy, permissions);
    Files.setLastModifiedTime(copy, attributes.lastModifiedTime());
  }
}
