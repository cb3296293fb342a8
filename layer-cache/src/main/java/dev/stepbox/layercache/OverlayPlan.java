package dev.stepbox.layercache;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories of one overlay mount. Only says which; nothing is mounted here.
 *
 * @param lowers bottom to top, at least one
 * @param writes where changes go; null for a read-only view
 */
public record OverlayPlan(List<Lower> lowers, @Nullable Writes writes) {
  public OverlayPlan {
    lowers = List.copyOf(lowers);
    if (lowers.isEmpty()) {
      throw new IllegalArgumentException("an overlay has at least one lower directory");
    }
  }

  /** A read-only directory of an overlay. */
  public sealed interface Lower {
    /** A directory of the store, relative to its root. */
    record InStore(Path path) implements Lower {}

    /** A directory of the host, absolute. */
    record OnHost(Path path) implements Lower {}
  }

  /**
   * The writable directories of an overlay, relative to the store, on one file system.
   *
   * @param upper takes the changes
   * @param work scratch space of the kernel
   */
  public record Writes(Path upper, Path work) {}
}
