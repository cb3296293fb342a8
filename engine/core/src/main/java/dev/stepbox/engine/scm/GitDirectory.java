package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a repository keeps its own files, found without a library: reading a branch's name must not
 * cost more than the build.
 *
 * @param workTree the directory that holds {@code .git}
 * @param own index and HEAD of this work tree
 * @param common what all work trees of the repository share
 */
record GitDirectory(Path workTree, Path own, Path common) {

  private static final String BRANCH = "ref: refs/heads/";
  private static final int SMALL = 64 * 1024;

  /** The repository that a directory lies in. */
  static Optional<GitDirectory> enclosing(Path directory) throws IOException {
    for (Path at = directory; at != null; at = at.getParent()) {
      GitDirectory found = at(at);
      if (found != null) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  /** The repository whose work tree begins at a directory; null when none does. */
  static @Nullable GitDirectory at(Path directory) throws IOException {
    Path git = directory.resolve(".git");
    if (Files.isRegularFile(git, LinkOption.NOFOLLOW_LINKS)) {
      git = pointedTo(git);
      if (git == null) {
        return null;
      }
    }
    if (!Files.isRegularFile(git.resolve("HEAD"), LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    String common = small(git.resolve("commondir"));
    return new GitDirectory(
        directory, git, common == null ? git : git.resolve(common.strip()).normalize());
  }

  /** The directory that a file {@code .git} names; null when it names none. */
  static @Nullable Path pointedTo(Path file) throws IOException {
    String pointer = small(file);
    return pointer == null || !pointer.startsWith("gitdir:")
        ? null
        : file.resolveSibling(pointer.substring("gitdir:".length()).strip()).normalize();
  }

  /** Further directories that git reads where it reads this one, a directory of objects too. */
  static List<Path> partsOf(Path git) throws IOException {
    List<Path> parts = new ArrayList<>();
    String common = small(git.resolve("commondir"));
    if (common != null) {
      parts.add(git.resolve(common.strip()));
    }
    for (Path objects : List.of(git, git.resolve("objects"))) {
      String alternates = small(objects.resolve("info").resolve("alternates"));
      if (alternates != null) {
        alternates
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .forEach(line -> parts.add(objects.resolve(line)));
      }
    }
    return parts;
  }

  /** Short name of the branch that is checked out; null on a commit without a branch. */
  @Nullable String branch() throws IOException {
    String head = small(own.resolve("HEAD"));
    return head != null && head.startsWith(BRANCH) ? head.substring(BRANCH.length()).strip() : null;
  }

  /** The rules that the repository keeps for itself. */
  Path excludes() {
    return common.resolve("info").resolve("exclude");
  }

  Path index() {
    return own.resolve("index");
  }

  /** How many bytes the id of an object has. */
  int idLength() throws IOException {
    String config = small(common.resolve("config"));
    boolean isLong =
        config != null
            && config
                .lines()
                .anyMatch(line -> line.matches("(?i)\\s*objectformat\\s*=\\s*sha256\\s*"));
    return isLong ? 32 : 20;
  }

  private static @Nullable String small(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > SMALL) {
      return null;
    }
    return Files.readString(file, ISO_8859_1);
  }
}
