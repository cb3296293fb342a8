package dev.stepbox.engine.artifact;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The files that a build keeps. Its names came from steps and are not trusted: links are told and
 * copied as links, never followed.
 */
public final class ArtifactFolder {

  private final BuildId build;
  private final Path folder;

  public ArtifactFolder(BuildId build, Path folder) {
    this.build = build;
    this.folder = folder;
  }

  /** All files, links included, by path. */
  public List<Artifact> list() {
    List<Artifact> found = new ArrayList<>();
    walk(folder, (file, attributes) -> found.add(new Artifact(name(file), attributes.size())));
    found.sort(Comparator.comparing(Artifact::path));
    return found;
  }

  /**
   * Copy a file, or a directory with all below it. Files and links that are in the way below the
   * destination are replaced, none of them is followed.
   *
   * @param path relative, with {@code /}; empty for everything
   * @param destination an existing directory to copy into, or the name to give to the copy
   * @return how many files were copied
   * @throws EngineException {@link ErrorCode#UNKNOWN_ARTIFACT}, {@link
   *     ErrorCode#DESTINATION_UNUSABLE}, {@link ErrorCode#HOME_UNUSABLE}, {@link
   *     ErrorCode#NO_SPACE}
   */
  public int export(String path, Path destination) {
    Path from = resolve(path);
    if (!Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
      throw new EngineException(
          ErrorCode.UNKNOWN_ARTIFACT,
          "%s From the workspace of a stage: 'stepbox cp %s/STAGE:%s .'."
              .formatted(unknown(path, "the build keeps no such file").getMessage(), build, path));
    }
    boolean isInto = Files.isDirectory(destination) && !from.equals(folder);
    Path to = isInto ? destination.resolve(from.getFileName()) : destination;
    int[] count = {0};
    walk(
        from,
        (file, _) -> {
          Path place = from.equals(file) ? to : to.resolve(from.relativize(file).toString());
          copy(file, isInto ? destination : to, place);
          count[0]++;
        });
    return count[0];
  }

  private void copy(Path file, Path named, Path place) throws IOException {
    try {
      makeWay(named, place);
      Files.copy(
          file,
          place,
          LinkOption.NOFOLLOW_LINKS,
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
    } catch (IOException e) {
      if (isOfReading(file, e)) {
        throw e;
      }
      throw DiskFailures.ofDestination(place, e);
    }
  }

  /** Whether an error names the original alone; one of copying bytes names both. */
  private static boolean isOfReading(Path file, IOException e) {
    return e instanceof FileSystemException fs
        && fs.getOtherFile() == null
        && file.toString().equals(fs.getFile());
  }

  /**
   * Makes the directories above a copy. What its reader named is taken as it is; below that a link
   * is in the way: a checkout may hold one where a step has made a directory, and the copies would
   * follow it to wherever its author liked.
   */
  private static void makeWay(Path named, Path place) throws IOException {
    Path parent = place.toAbsolutePath().getParent();
    if (parent == null) {
      return;
    }
    Path at = named.toAbsolutePath();
    if (!parent.startsWith(at)) {
      Files.createDirectories(parent);
      return;
    }
    Files.createDirectories(at);
    for (Path part : at.relativize(parent)) {
      at = at.resolve(part);
      if (!part.toString().isEmpty() && !Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        Files.deleteIfExists(at);
        Files.createDirectory(at);
      }
    }
  }

  private Path resolve(String path) {
    Path from = folder.resolve(path).normalize();
    if (path.startsWith("/") || path.indexOf('\0') >= 0 || !from.startsWith(folder)) {
      throw unknown(path, "a path within the build is wanted, without '..' and a leading '/'");
    }
    Path at = folder;
    for (Path part : folder.relativize(from)) {
      at = at.resolve(part);
      if (Files.isSymbolicLink(at) && !at.equals(from)) {
        throw unknown(path, "'%s' is a link, which is not followed".formatted(name(at)));
      }
    }
    return from;
  }

  private EngineException unknown(String path, String why) {
    return new EngineException(
        ErrorCode.UNKNOWN_ARTIFACT,
        "cannot copy '%s:%s': %s. Keep files with an 'archive' step; 'stepbox show %s' lists them."
            .formatted(build, path, why, build));
  }

  private String name(Path file) {
    return folder.relativize(file).toString();
  }

  private interface Visit {
    void file(Path file, BasicFileAttributes attributes) throws IOException;
  }

  private static void walk(Path top, Visit visit) {
    try {
      Files.walkFileTree(
          top,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              visit.file(file, attributes);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException nothingKept) {
      return;
    } catch (IOException e) {
      throw DiskFailures.of("copy kept files from", top, e);
    }
  }
}
