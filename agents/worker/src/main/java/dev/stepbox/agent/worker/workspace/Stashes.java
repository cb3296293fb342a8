package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.layercache.ownid.TreeRemoval;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The stashes of a build: a directory each, with the files as they were in the workspace. A stash
 * appears under its name when it is complete, and not before. Safe for use by several threads as
 * long as no two work on one name.
 */
public final class Stashes {
  /** Before the name of a stash that is being filled; no name of a stash begins so. */
  private static final String UNFINISHED = ".part-";

  private final BuildSpace build;
  private final Path directory;

  /** The stashes of this build. */
  public Stashes(BuildSpace build) {
    this.build = build;
    this.directory = build.directory().stashes();
  }

  /** An empty directory to fill; {@link #complete} makes it the stash. */
  public Path begin(String name) {
    Path place = directory.resolve(UNFINISHED + name);
    try {
      TreeRemoval.of(place);
      return Files.createDirectories(place);
    } catch (IOException e) {
      throw failed("make", name, e);
    }
  }

  /** Puts what was filled into the place of an older stash of the name. */
  public void complete(String name) {
    try {
      TreeRemoval.of(directory.resolve(name));
      Files.move(directory.resolve(UNFINISHED + name), directory.resolve(name));
    } catch (IOException e) {
      throw failed("complete", name, e);
    }
  }

  /** Names of the stashes, sorted. */
  public List<String> names() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(path -> String.valueOf(path.getFileName()))
          .filter(name -> !name.startsWith(UNFINISHED))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw failed("list", "*", e);
    }
  }

  /** A stash as a layer that can be laid over a workspace; empty when there is none of the name. */
  public Optional<LayerId> layer(String name) throws InterruptedException {
    Path stash = directory.resolve(name);
    if (!Files.isDirectory(stash, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try (SourceLayer layer = build.config().cache().newSourceLayer(build.lease())) {
      copy(stash, layer.directory());
      return Optional.of(layer.seal());
    } catch (IOException e) {
      throw failed("copy", name, e);
    }
  }

  /** Times of directories are set when all is in them. */
  private static void copy(Path from, Path to) throws IOException {
    List<Path> directories = new ArrayList<>();
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
                Files.copy(
                    file,
                    to.resolve(from.relativize(file)),
                    StandardCopyOption.COPY_ATTRIBUTES,
                    LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
              }
            });
    for (Path visited : directories.reversed()) {
      Files.setLastModifiedTime(
          to.resolve(from.relativize(visited)), Files.getLastModifiedTime(visited));
    }
  }

  private AgentException failed(String what, String name, IOException cause) {
    return new AgentException(
        AgentErrorCode.STORE_FAILED,
        "cannot %s stash '%s' in '%s': %s. Check the disk under STEPBOX_HOME."
            .formatted(what, name, directory, cause.getMessage()),
        cause);
  }
}
