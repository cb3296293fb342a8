package dev.stepbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The checkout that these tests were started in: its root, its files, its compiled classes. */
final class Repository {
  /** Directories of products, which no rule about sources applies to. */
  private static final Set<String> PRODUCTS = Set.of(".git", ".stepbox", "target", "node_modules");

  private final Path root;

  private Repository(Path root) {
    this.root = root;
  }

  /** Walks up from the working directory, which is a module for Maven and may be any for an IDE. */
  static Repository find() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("pom.xml"))
          && Files.exists(at.resolve("LICENSE"))
          && Files.exists(at.resolve("engine/cli/pom.xml"))) {
        return new Repository(at);
      }
    }
    throw new IllegalStateException(
        "cannot find the root of the checkout above '%s'. Start the tests inside a checkout."
            .formatted(Path.of("").toAbsolutePath()));
  }

  Path root() {
    return root;
  }

  /** The files that git knows or would add; without git, those that are no build product. */
  List<Path> files() {
    List<Path> known = Files.exists(root.resolve(".git")) ? filesOfGit() : List.of();
    return known.isEmpty() ? filesOfWalk() : known;
  }

  /**
   * Where Maven put the classes of each module, {@code kind} being its folder in {@code target}.
   */
  List<Path> classFolders(String kind) {
    try (Stream<Path> poms = Files.walk(root, 3)) {
      return poms.filter(path -> path.endsWith("pom.xml"))
          .map(pom -> pom.resolveSibling("target").resolve(kind))
          .filter(Files::isDirectory)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> filesOfGit() {
    // A checkout that belongs to another user, or a machine without git: the walk answers instead.
    try {
      Process git =
          new ProcessBuilder(
                  "git",
                  "ls-files",
                  "-z",
                  "--cached",
                  "--others",
                  "--exclude-standard",
                  "--deduplicate")
              .directory(root.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (git.waitFor() != 0) {
        return List.of();
      }
      return Stream.of(names.split("\0"))
          .map(root::resolve)
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException _) {
      return List.of();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while git listed the files", e);
    }
  }

  private List<Path> filesOfWalk() {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              return PRODUCTS.contains(String.valueOf(folder.getFileName()))
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files.stream().sorted().toList();
  }
}
