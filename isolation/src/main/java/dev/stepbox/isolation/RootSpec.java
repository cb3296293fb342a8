package dev.stepbox.isolation;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The file systems of one stage: a root, further mounts inside it, and the workspace at {@link
 * #WORKSPACE}. Which directories these are is for the caller to say; here they are only mounted.
 *
 * @param name name of the stage's root, unique within the build while mounted; see {@link
 *     SandboxNames}
 * @param root the mount at {@code /}
 * @param mounts further overlays by their absolute path inside, in this order; their mount points
 *     exist in the root. Only the host image has some
 * @param workspace what is mounted at {@link #WORKSPACE}, which is made if absent
 * @param machine the virtual machine in which all steps of the root run; null for none
 */
public record RootSpec(
    String name,
    Overlay root,
    SequencedMap<String, Overlay> mounts,
    Workspace workspace,
    @Nullable MachineSpec machine) {

  /** Where steps see the workspace. */
  public static final String WORKSPACE = "/workspace";

  /** More layers than this are refused by the kernel's overlay file system. */
  public static final int MAX_LAYERS = 500;

  public RootSpec {
    SandboxNames.require("root", name);
    mounts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(mounts));
    mounts.keySet().forEach(path -> InnerPaths.require("mount point", path));
  }

  /** A root whose steps run in containers only. */
  public RootSpec(
      String name, Overlay root, SequencedMap<String, Overlay> mounts, Workspace workspace) {
    this(name, root, mounts, workspace, null);
  }

  /**
   * One overlay mount. The same upper directory must not be in two of them at one time, and a work
   * directory must not be used a second time.
   *
   * @param lowers the lowest first, each absolute and below the store or, where {@link
   *     IsolationRequest.HostImage} shows them, a directory of the host; empty for a plain empty
   *     directory below
   * @param writes takes what steps change; null for a read-only view
   */
  public record Overlay(List<Path> lowers, @Nullable WriteLayer writes) {
    public Overlay {
      lowers = List.copyOf(lowers);
      lowers.forEach(RootSpec::requireAbsolute);
      if (lowers.size() >= MAX_LAYERS) {
        throw new IllegalArgumentException(
            "cannot stack %d layers, the limit is %d".formatted(lowers.size(), MAX_LAYERS - 1));
      }
    }
  }

  /**
   * Where the overlay file system puts changes. Both directories lie in the same file system below
   * the store.
   *
   * @param upper becomes the captured layer
   * @param work scratch space of the overlay; removed with {@link IdMappedTrees#remove}
   */
  public record WriteLayer(Path upper, Path work) {
    public WriteLayer {
      requireAbsolute(upper);
      requireAbsolute(work);
    }
  }

  /** Where the workspace of a root comes from. */
  public sealed interface Workspace {
    /** A mount of its own. */
    record Own(Overlay overlay) implements Workspace {}

    /**
     * The workspace of another root that is mounted: the same files, for a step on its own image.
     */
    record SharedWith(StageRoot other) implements Workspace {}
  }

  private static void requireAbsolute(Path path) {
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException("not an absolute path: '%s'".formatted(path));
    }
  }
}
