package dev.stepbox.layercache.image;

import dev.stepbox.layercache.ImageSource.HostImage;
import dev.stepbox.layercache.overlay.OverlayPlans;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an ordinary visitor of the host may see of it. Hidden are: what others may not read,
 * sockets, pipes and devices, the paths that the source names, and the store. All paths are those
 * of the host, wherever its root is found.
 */
final class HostView {
  private static final Path ROOT = Path.of("/");
  private static final int OTHERS_READ = 0004;
  private static final int OTHERS_ENTER = 0005;
  private static final int TYPE = 0170000;
  private static final int TYPE_DIRECTORY = 0040000;
  private static final int TYPE_FILE = 0100000;
  private static final int TYPE_LINK = 0120000;

  /** What only concerns the running host. */
  private static final Path STATE = Path.of("/var");

  private static final Set<String> EMPTY_IN_STATE =
      Set.of("backups", "crash", "log", "mail", "spool", "tmp");

  private final Path host;
  private final Set<Path> hidden;
  private final List<Path> shown;
  private final SortedSet<Path> split;

  /** How an entry of the host is seen. */
  enum Sight {
    /** A directory, with what is in it. */
    DIRECTORY,
    /** A directory with nothing in it. */
    EMPTIED,
    /** A regular file. */
    FILE,
    /** A symbolic link, wherever it leads. */
    LINK,
    /** Not at all. */
    HIDDEN
  }

  /**
   * Looks at a host.
   *
   * @param host the directory in which the root of the host is found
   * @param store the directory of the store, as this process finds it
   */
  HostView(Path host, HostImage source, Path store) throws IOException {
    this.host = host;
    Set<Path> named = new LinkedHashSet<>(source.hidden());
    source.hidden().forEach(path -> real(onHost(path)).ifPresent(named::add));
    real(store).ifPresent(named::add);
    this.hidden = named;
    this.shown =
        source.directories().stream()
            .filter(directory ->
                Files.isDirectory(onHost(directory), LinkOption.NOFOLLOW_LINKS)
                    && !directory.equals(ROOT.resolve(OverlayPlans.ROOT_PART)))
            .toList();
    Set<Path> apart = new LinkedHashSet<>(source.mountPoints());
    real(store).ifPresent(apart::add);
    this.split = new TreeSet<>();
    for (Path path : apart) {
      splitAbove(path);
    }
  }

  /** The path of the host that a path leads to; empty when this user cannot follow it. */
  private Optional<Path> real(Path here) {
    try {
      Path real = here.toRealPath();
      Path root = host.toRealPath();
      return real.startsWith(root)
          ? Optional.of(ROOT.resolve(root.relativize(real)))
          : Optional.empty();
    } catch (IOException ignored) {
      // Not there, or behind something that this user may not enter.
      return Optional.empty();
    }
  }

  /**
   * No directory above the path can be a lower directory of an overlay, whether the path is hidden
   * or not. Below what is hidden it does not matter any more: nothing of that is mounted.
   */
  private void splitAbove(Path path) throws IOException {
    for (Path top : shown) {
      if (!path.startsWith(top)) {
        continue;
      }
      for (int names = 1; names < path.getNameCount(); names++) {
        Path above = ROOT.resolve(path.subpath(0, names));
        if (names > 1 && !split.contains(above) && sightOrHidden(above) != Sight.DIRECTORY) {
          return;
        }
        split.add(above);
      }
    }
  }

  private Sight sightOrHidden(Path path) throws IOException {
    try {
      return sight(path);
    } catch (IOException ignored) {
      // A mount point that is gone, or behind something that this user may not enter.
      return Sight.HIDDEN;
    }
  }

  /** The directories of the source that the host has as directories of its own. */
  List<Path> shown() {
    return shown;
  }

  /** Directories that cannot be lower directories of an overlay as they are. */
  SortedSet<Path> split() {
    return split;
  }

  /** The paths that are hidden whoever may read them. */
  Set<Path> hidden() {
    return hidden;
  }

  /** Where something of the host is found. */
  Path onHost(Path path) {
    return host.resolve(ROOT.relativize(path));
  }

  /** The host's type and permissions of an entry, links not followed. */
  int mode(Path path) throws IOException {
    return (int) Files.getAttribute(onHost(path), "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * How an entry is seen by itself, when what is above it is seen.
   *
   * @throws NoSuchFileException when it is not there any more
   */
  Sight sight(Path path) throws IOException {
    int mode = mode(path);
    return switch (mode & TYPE) {
      case TYPE_LINK -> Sight.LINK;
      case TYPE_DIRECTORY -> {
        if (STATE.equals(path.getParent())
            && EMPTY_IN_STATE.contains(path.getFileName().toString())) {
          yield Sight.EMPTIED;
        }
        yield isOpen(path, mode, OTHERS_ENTER) ? Sight.DIRECTORY : Sight.HIDDEN;
      }
      case TYPE_FILE -> isOpen(path, mode, OTHERS_READ) ? Sight.FILE : Sight.HIDDEN;
      default -> Sight.HIDDEN;
    };
  }

  private boolean isOpen(Path path, int mode, int needed) {
    return (mode & needed) == needed && !hidden.contains(path);
  }

  /** What is in a directory, sorted. */
  List<Path> entries(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(onHost(directory))) {
      stream.forEach(entry -> entries.add(directory.resolve(entry.getFileName())));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    entries.sort(null);
    return entries;
  }
}
