package dev.stepbox.layercache.image;

import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.overlay.OverlayPlans;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The host taken apart: what can be a lower directory of an overlay is one, and what cannot, since
 * something else is mounted in it or the store lies in it, becomes an ordinary directory of the
 * image, with each directory in it a lower one again where it can be, and with copies of its files.
 * What is beyond a limit is left out, the deepest first.
 *
 * @param lowers directories that are shown by an overlay of their own, none in another
 * @param directories made in the image as they are on the host, but empty; those above come first
 * @param links made in the image as they are on the host
 * @param files copied into the image
 * @param leftOut what should be shown and is not
 */
record HostParts(
    List<Path> lowers,
    List<Path> directories,
    List<Path> links,
    List<Path> files,
    List<Path> leftOut) {

  /**
   * Most overlays of one image: a stage mounts them all, at about a fifth of a millisecond each.
   */
  static final int LOWERS_MAX = 256;

  /** Most files and links that are copied. */
  static final int COPIES_MAX = 4096;

  /** Size of the largest file that is copied, in bytes. */
  static final long FILE_BYTES_MAX = 128L << 20;

  /** Most that all copied files have together, in bytes. */
  static final long COPIED_BYTES_MAX = 1L << 30;

  private static final int NAMES_TOLD = 5;

  HostParts {
    lowers = List.copyOf(lowers);
    directories = List.copyOf(directories);
    links = List.copyOf(links);
    files = List.copyOf(files);
    leftOut = List.copyOf(leftOut);
  }

  /** Takes a host apart. */
  static HostParts of(HostView view) throws IOException {
    Collector collector = new Collector(view);
    collector.collect();
    return new HostParts(
        collector.lowers,
        collector.directories,
        collector.links,
        collector.files,
        collector.leftOut);
  }

  /** What a user of the image should know, one sentence each. */
  List<String> notices() {
    if (leftOut.isEmpty()) {
      return List.of();
    }
    List<String> names =
        leftOut.stream().limit(NAMES_TOLD).map(path -> "'%s'".formatted(path)).toList();
    int more = leftOut.size() - names.size();
    return List.of(
        "image: host lacks %s%s of this machine: too many or too large to be shown one by one"
            .formatted(
                String.join(", ", names), more == 0 ? "" : " and %d more paths".formatted(more)));
  }

  /** Goes down level by level, so that a limit is reached at the deepest. */
  private static final class Collector {
    private final HostView view;
    private final Deque<Path> next = new ArrayDeque<>();
    private final List<Path> lowers = new ArrayList<>();
    private final List<Path> directories = new ArrayList<>();
    private final List<Path> links = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<Path> leftOut = new ArrayList<>();
    private long bytes;

    Collector(HostView view) {
      this.view = view;
    }

    void collect() throws IOException {
      next.addAll(view.shown());
      while (!next.isEmpty()) {
        Path directory = next.remove();
        if (view.split().contains(directory)) {
          directories.add(directory);
          open(directory);
        } else if (lowers.size() < LOWERS_MAX && isNameable(directory)) {
          lowers.add(directory);
        } else {
          leftOut.add(directory);
        }
      }
    }

    private void open(Path directory) throws IOException {
      try {
        for (Path entry : view.entries(directory)) {
          one(entry);
        }
      } catch (AccessDeniedException | NoSuchFileException ignored) {
        // Not readable for this user, so not in a sandbox either; or gone meanwhile.
      }
    }

    private void one(Path entry) throws IOException {
      try {
        switch (view.sight(entry)) {
          case DIRECTORY -> next.add(entry);
          case EMPTIED -> directories.add(entry);
          case LINK -> copy(entry, 0, links);
          case FILE -> copy(entry, Files.size(view.onHost(entry)), files);
          case HIDDEN -> {}
        }
      } catch (AccessDeniedException | NoSuchFileException ignored) {
        // Not readable for this user, so not in a sandbox either; or gone meanwhile.
      }
    }

    private void copy(Path entry, long size, List<Path> copies) {
      boolean fits =
          files.size() + links.size() < COPIES_MAX
              && size <= FILE_BYTES_MAX
              && bytes + size <= COPIED_BYTES_MAX;
      if (fits) {
        bytes += size;
        copies.add(entry);
      } else {
        leftOut.add(entry);
      }
    }

    /** Names are written down as text, and that of the part is a file name. */
    private static boolean isNameable(Path directory) {
      String text = directory.toString();
      return TreePath.of(text.substring(1)).raw().equals(RawPaths.raw(directory).substring(1))
          && text.codePoints().noneMatch(Character::isISOControl)
          && OverlayPlans.part(directory).length() <= TreePath.NAME_BYTES_MAX;
    }
  }
}
