package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.layercache.ownid.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
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

  /** Whether there is a stash of a name. */
  public boolean has(String name) {
    return Files.isDirectory(directory.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * A stash as a layer that can be laid over a workspace.
   *
   * @param bytes counts what is written
   * @param stop asked before each file and each piece of it; true ends the work
   * @return empty when it was stopped, or when no more may be written
   */
  public Optional<LayerId> layer(String name, KeptBytes bytes, BooleanSupplier stop)
      throws InterruptedException {
    try (SourceLayer layer = build.config().cache().newSourceLayer(build.lease())) {
      return new StashCopy(bytes, stop).copy(directory.resolve(name), layer.directory())
          ? Optional.of(layer.seal())
          : Optional.empty();
    } catch (IOException e) {
      throw failed("copy", name, e);
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
