package dev.stepbox.engine.scm;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.pipeline.model.CheckoutSource;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which files of this machine a pipeline may name: those in its own directory, in the repository
 * around it, and what the operator allows. Links count as what they lead to. Immutable.
 */
public final class Reach {

  /** Where a link leads that leads to nothing: a place that no directory holds. */
  private static final Path NOWHERE = Path.of("/");

  private final Path directory;
  private final List<Path> roots;

  private Reach(Path directory, List<Path> roots) {
    this.directory = directory;
    this.roots = List.copyOf(roots);
  }

  /**
   * The reach of a pipeline.
   *
   * @param directory that the pipeline belongs to
   * @param allowed further files, and directories with all that is in them
   */
  public static Reach of(Path directory, List<Path> allowed) {
    try {
      List<Path> roots = new ArrayList<>();
      roots.add(real(home(directory)));
      roots.add(real(directory));
      for (Path path : allowed) {
        roots.add(real(path));
      }
      return new Reach(directory, roots);
    } catch (IOException e) {
      throw DiskFailures.of("find the repository of", directory, e);
    }
  }

  /** The repository that a directory lies in, by links resolved; without one, the directory. */
  public static Path homeOf(Path directory) {
    try {
      return real(home(directory));
    } catch (IOException e) {
      throw DiskFailures.of("find the repository of", directory, e);
    }
  }

  private static Path home(Path directory) throws IOException {
    Path real = real(directory);
    return GitDirectory.enclosing(real).map(GitDirectory::workTree).orElse(real);
  }

  /** Whether an image may be read from a file, or from a directory with all that is in it. */
  public boolean includesImage(String path) {
    Path image = directory.resolve(path);
    try {
      return includes(image) && (!Files.isDirectory(image) || keepsInside(image));
    } catch (IOException e) {
      throw DiskFailures.of("look at the image", image, e);
    }
  }

  /** Whether a repository may be fetched: one of another machine, or one of this within reach. */
  public boolean includesRepository(CheckoutSource.Repository repository) {
    Path path = RemoteTree.localPath(repository.url(), directory);
    return path == null || includesRepository(path);
  }

  /** Whether the repository at a path of this machine, with all it is made of, is within reach. */
  boolean includesRepository(Path path) {
    try {
      return includes(path) && includesParts(path);
    } catch (IOException e) {
      throw DiskFailures.of("look at the repository", path, e);
    }
  }

  /** What to allow so that a path is within reach, and no more: where it leads. */
  public Path remedy(String path) {
    Path wanted = directory.resolve(path);
    try {
      return real(wanted);
    } catch (IOException e) {
      throw DiskFailures.of("look at", wanted, e);
    }
  }

  private boolean includesParts(Path path) throws IOException {
    Path fileName = path.getFileName();
    List<Path> places = new ArrayList<>(List.of(path, path.resolve(".git")));
    if (fileName != null) {
      places.add(path.resolveSibling(fileName + ".git"));
    }
    Set<Path> seen = new HashSet<>();
    for (Path place : places) {
      if (Files.isRegularFile(place) && !place.equals(path)) {
        Path git = GitDirectory.pointedTo(place);
        if (git != null && !includesGit(git, seen)) {
          return false;
        }
      } else if (Files.exists(place.resolve("HEAD")) && !includesGit(place, seen)) {
        return false;
      }
    }
    return true;
  }

  /** A git directory holds links, and names of further directories that objects come from. */
  private boolean includesGit(Path git, Set<Path> seen) throws IOException {
    if (!includes(git)) {
      return false;
    }
    if (!seen.add(real(git))) {
      return true;
    }
    if (!keepsInside(git)) {
      return false;
    }
    for (Path next : GitDirectory.partsOf(git)) {
      if (!includesGit(next, seen)) {
        return false;
      }
    }
    return true;
  }

  private boolean includes(Path path) throws IOException {
    Path real = real(path);
    return roots.stream().anyMatch(real::startsWith);
  }

  /** Whether no link in a directory leads out of reach. */
  private boolean keepsInside(Path tree) throws IOException {
    boolean[] inside = {true};
    Files.walkFileTree(
        real(tree),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isSymbolicLink() && !includes(file)) {
              inside[0] = false;
              return FileVisitResult.TERMINATE;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
    return inside[0];
  }

  /** Where a path leads; what is not there is seen from the last directory that is. */
  private static Path real(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    if (Files.exists(absolute)) {
      return absolute.toRealPath();
    }
    Path parent = absolute.getParent();
    Path name = absolute.getFileName();
    if (parent == null || name == null || Files.isSymbolicLink(absolute)) {
      return NOWHERE;
    }
    return real(parent).resolve(name).normalize();
  }
}
