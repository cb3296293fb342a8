package dev.stepbox.layercache;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where an image comes from. */
public sealed interface ImageSource {

  /**
   * The host's own programs and libraries, shown read-only.
   *
   * @param directories what is shown, for example {@code /usr}; those that do not exist are left
   *     out, and none may lie in another
   * @param hidden what must not be seen in them: home directories, our own state. Whatever other
   *     users of the host may not read is hidden in any case, and so is the store
   * @param mountPoints where something else is mounted below the directories. A directory with one
   *     of them below cannot be a lower directory, so what is in it is shown one by one
   */
  record HostImage(List<Path> directories, List<Path> hidden, List<Path> mountPoints)
      implements ImageSource {
    /** Programs and libraries, their configuration and their state. */
    public static final List<Path> DIRECTORIES =
        List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/opt"), Path.of("/var"));

    public HostImage {
      directories = List.copyOf(directories);
      hidden = List.copyOf(hidden);
      mountPoints = List.copyOf(mountPoints);
      for (Path directory : directories) {
        if (!directory.isAbsolute() || directory.getNameCount() != 1) {
          throw new IllegalArgumentException(
              "a host directory is one name below '/': '%s'".formatted(directory));
        }
      }
    }

    /** The same with something more that must not be seen. */
    public HostImage hiding(Path path) {
      List<Path> more = new ArrayList<>(hidden);
      if (!more.contains(path)) {
        more.add(path);
      }
      return new HostImage(directories, more, mountPoints);
    }
  }

  /** A tar archive, compressed or not, of a whole root file system. */
  record RootfsTarball(Path file) implements ImageSource {}

  /**
   * What {@code docker save} writes, compressed or not.
   *
   * @param reference which image of the archive, as {@code name:tag}; null when it has only one
   */
  record DockerArchive(Path file, @Nullable String reference) implements ImageSource {}

  /**
   * An OCI image layout: a directory, or a tar archive of one.
   *
   * @param reference which image of the index, by its {@code org.opencontainers.image.ref.name} or
   *     digest; null when it has only one
   */
  record OciLayout(Path location, @Nullable String reference) implements ImageSource {}
}
