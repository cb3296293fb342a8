package dev.stepbox.isolation;

import java.nio.file.Path;
import java.util.List;

/**
 * The file systems of one stage: a root, and the workspace at {@link #WORKSPACE}.
 *
 * @param name name of the stage's root, unique within the build while mounted; see {@link
 *     SandboxNames}
 * @param image what lies below the root's write layer
 * @param rootWrites takes what steps change outside the workspace
 * @param workspaceLayers captured layers of the workspace, the lowest first; may be empty
 * @param workspaceWrites takes what steps change in the workspace
 */
public record RootSpec(
    String name,
    RootImage image,
    WriteLayer rootWrites,
    List<Path> workspaceLayers,
    WriteLayer workspaceWrites) {

  /** Where steps see the workspace. */
  public static final String WORKSPACE = "/workspace";

  /** More layers than this are refused by the kernel's overlay file system. */
  public static final int MAX_LAYERS = 500;

  public RootSpec {
    SandboxNames.require("root", name);
    workspaceLayers = List.copyOf(workspaceLayers);
    if (workspaceLayers.size() >= MAX_LAYERS) {
      throw new IllegalArgumentException(
          "cannot stack %d workspace layers, the limit is %d"
              .formatted(workspaceLayers.size(), MAX_LAYERS - 1));
    }
  }

  /** What a root file system is made of. */
  public sealed interface RootImage {
    /** Layers above the image, the lowest first. */
    List<Path> layers();
  }

  /**
   * The host's programs and libraries, read-only below a write layer.
   *
   * @param layers layers captured from earlier stages on the same image, the lowest first
   */
  public record HostRoot(List<Path> layers) implements RootImage {
    public HostRoot {
      layers = List.copyOf(layers);
      requireFits(layers);
    }
  }

  /**
   * Unpacked layers of an image with captured layers above them.
   *
   * @param layers the lowest first; at least one
   */
  public record LayeredRoot(List<Path> layers) implements RootImage {
    public LayeredRoot {
      layers = List.copyOf(layers);
      requireFits(layers);
      if (layers.isEmpty()) {
        throw new IllegalArgumentException("a root file system needs at least one layer");
      }
    }
  }

  /**
   * Where the overlay file system puts changes. Both directories lie in the same file system below
   * the store, empty at the first mount.
   *
   * @param upper becomes the captured layer
   * @param work scratch space of the overlay; removed with {@link IdMappedTrees#remove}
   */
  public record WriteLayer(Path upper, Path work) {
    public WriteLayer {
      if (!upper.isAbsolute() || !work.isAbsolute()) {
        throw new IllegalArgumentException(
            "write layer paths must be absolute: '%s', '%s'".formatted(upper, work));
      }
    }
  }

  private static void requireFits(List<Path> layers) {
    if (layers.size() >= MAX_LAYERS) {
      throw new IllegalArgumentException(
          "cannot stack %d layers, the limit is %d".formatted(layers.size(), MAX_LAYERS - 1));
    }
  }
}
