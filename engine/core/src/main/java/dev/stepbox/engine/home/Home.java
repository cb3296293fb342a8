package dev.stepbox.engine.home;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.worker.BuildPlaces;
import dev.stepbox.layercache.ownid.TreeRemoval;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The home directory. Any number of processes may use it at one time. Every method throws {@link
 * EngineException} with {@link ErrorCode#HOME_UNUSABLE} or {@link ErrorCode#NO_SPACE}.
 */
public final class Home {
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

  /** What is kept belongs to one user: nobody else may look. */
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /** Begins the name of what is being removed. */
  private static final String REMOVED = ".removed-";

  private final Path builds;

  private Home(Path builds) {
    this.builds = builds;
  }

  /** The home in a directory, which is made when a first build begins. */
  public static Home at(Path directory) {
    return new Home(directory.toAbsolutePath().normalize().resolve("builds"));
  }

  /** Make a place for a new build, with the next number. */
  public BuildDirectory newBuild() {
    try {
      Files.createDirectories(builds, PRIVATE);
      List<BuildId> taken = builds();
      int number = taken.isEmpty() ? 1 : taken.getFirst().number() + 1;
      while (true) {
        if (number > BuildId.MAX) {
          throw new EngineException(
              ErrorCode.LIMIT_EXCEEDED,
              "cannot begin a build in '%s': the numbers up to %d are used up. Take another home."
                  .formatted(builds, BuildId.MAX));
        }
        Path directory = builds.resolve(Integer.toString(number));
        try {
          Files.createDirectory(directory, PRIVATE);
          return new BuildDirectory(new BuildId(number), directory).create();
        } catch (FileAlreadyExistsException takenMeanwhile) {
          number++;
        }
      }
    } catch (IOException e) {
      throw DiskFailures.of("begin a build in", builds, e);
    }
  }

  /** Take the place of a build back that never began; what cannot be removed stays. */
  public void discard(BuildDirectory directory) {
    BuildPlaces places = directory.places();
    for (Path path :
        List.of(
            directory.request(),
            directory.pipeline(),
            directory.lock(),
            directory.logs(),
            places.run(),
            places.artifacts(),
            places.stashes(),
            directory.directory())) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException ignored) {
        // Without a journal it counts as no build; the failure that led here is the one to tell.
        return;
      }
    }
  }

  /**
   * The place of a build.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD} when there is none that has begun
   */
  public BuildDirectory build(BuildId build) {
    BuildDirectory directory = place(build);
    if (!Files.exists(directory.journal())) {
      throw new EngineException(
          ErrorCode.UNKNOWN_BUILD,
          "cannot find build %s: '%s' does not keep it. List builds with 'stepbox builds'."
              .formatted(build, builds));
    }
    return directory;
  }

  /** The place of a build, whether or not there is one. */
  public BuildDirectory place(BuildId build) {
    return new BuildDirectory(build, builds.resolve(build.toString()));
  }

  /**
   * Remove everything of a build that nobody carries on. The highest number is not given to another
   * build: an empty directory keeps it.
   */
  public void remove(BuildDirectory directory) {
    Path place = directory.directory();
    Path aside = builds.resolve(REMOVED + directory.build());
    try {
      TreeRemoval.of(aside);
      boolean isLast = builds().getFirst().equals(directory.build());
      Files.move(place, aside, StandardCopyOption.ATOMIC_MOVE);
      if (isLast) {
        Files.createDirectory(place, PRIVATE);
      }
      TreeRemoval.of(aside);
    } catch (IOException e) {
      throw DiskFailures.of("remove the build in", place, e);
    }
  }

  /** Finish the removal of builds that another process was ended in the middle of. */
  public void removeHalfRemoved() {
    if (!Files.isDirectory(builds)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(builds, REMOVED + "*")) {
      for (Path entry : entries) {
        TreeRemoval.of(entry);
      }
    } catch (IOException e) {
      throw DiskFailures.of("finish the removal of builds in", builds, e);
    }
  }

  /** Remove the stashes of a build that is over: only its own stages could take them. */
  public void removeStashes(BuildDirectory directory) {
    try {
      TreeRemoval.of(directory.places().stashes());
    } catch (IOException e) {
      throw DiskFailures.of(
          "remove the stashes of build %s in".formatted(directory.build()),
          directory.directory(),
          e);
    }
  }

  /** What all builds take on disk. */
  public long bytes() {
    try {
      return TreeSize.of(builds);
    } catch (IOException e) {
      throw DiskFailures.of("measure the builds in", builds, e);
    }
  }

  /** Numbers of all builds, highest first; some may not have begun. */
  public List<BuildId> builds() {
    List<BuildId> found = new ArrayList<>();
    if (!Files.isDirectory(builds)) {
      return found;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(builds)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (NUMBER.matcher(name).matches()) {
          found.add(new BuildId(Integer.parseInt(name)));
        }
      }
    } catch (IOException e) {
      throw DiskFailures.of("list the builds in", builds, e);
    }
    found.sort(Collections.reverseOrder());
    return found;
  }
}
