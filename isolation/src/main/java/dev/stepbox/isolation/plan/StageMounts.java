package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.RootSpec.WriteLayer;
import dev.stepbox.isolation.plan.MountOperation.Flag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The mounts that make the root of a stage.
 *
 * @param operations in this order
 * @param writes the directories that take what steps write, for the disk cap
 */
public record StageMounts(List<MountOperation> operations, List<Path> writes) {

  private static final String WORKSPACE_TARGET = RootSpec.WORKSPACE.substring(1);

  public StageMounts {
    operations = List.copyOf(operations);
    writes = List.copyOf(writes);
  }

  /**
   * What the surroundings add to the plan.
   *
   * @param view names of directories
   * @param overrides layers of our own that go above others
   */
  public record Surroundings(StoreView view, OverrideLayers overrides) {}

  /**
   * Small layers that give every image what a sandbox needs: mount points, {@code /etc/hosts} and
   * the like.
   *
   * @param root above the layers of every root
   * @param owners above that one: an empty directory for each of its directories that steps own
   * @param host directory inside the sandbox to the layer right above the host's own one
   * @param empty has nothing in it
   */
  public record OverrideLayers(Path root, Path owners, Map<String, Path> host, Path empty) {
    public OverrideLayers {
      host = Map.copyOf(host);
    }
  }

  /**
   * Plans the mounts of a root.
   *
   * @param sharedRoot number of the root whose workspace is shared; not looked at for a workspace
   *     of its own
   * @param sharedWrites what that workspace writes to
   */
  public static StageMounts of(
      RootSpec spec, Surroundings surroundings, int sharedRoot, List<Path> sharedWrites) {
    Collector collector = new Collector(surroundings);
    collector.addRoot(spec.root());
    spec.mounts().forEach(collector::addMount);
    switch (spec.workspace()) {
      case Workspace.Own own -> collector.addWorkspace(own.overlay());
      case Workspace.SharedWith _ -> collector.addShared(sharedRoot, sharedWrites);
    }
    return new StageMounts(collector.operations, collector.writes);
  }

  /** Where the workspace of a spec writes to. */
  public static List<Path> workspaceWrites(RootSpec spec, List<Path> sharedWrites) {
    return switch (spec.workspace()) {
      case Workspace.Own own -> upperOf(own.overlay());
      case Workspace.SharedWith _ -> sharedWrites;
    };
  }

  private static List<Path> upperOf(Overlay overlay) {
    WriteLayer writes = overlay.writes();
    return writes == null ? List.of() : List.of(writes.upper());
  }

  private static final class Collector {
    private final Surroundings surroundings;
    private final List<MountOperation> operations = new ArrayList<>();
    private final List<Path> writes = new ArrayList<>();

    private Collector(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    private void addRoot(Overlay overlay) {
      List<Path> lowers = new ArrayList<>(overlay.lowers());
      lowers.add(surroundings.overrides().root());
      lowers.add(surroundings.overrides().owners());
      add("", lowers, overlay.writes(), EnumSet.of(Flag.NODEV));
    }

    private void addMount(String target, Overlay overlay) {
      List<Path> lowers = new ArrayList<>(overlay.lowers());
      boolean isOnHost = !lowers.isEmpty() && surroundings.view().isOnHost(lowers.getFirst());
      Path override = isOnHost ? surroundings.overrides().host().get(target) : null;
      if (override != null) {
        lowers.add(1, override);
      }
      add(target.substring(1), lowers, overlay.writes(), EnumSet.of(Flag.NODEV));
    }

    private void addWorkspace(Overlay overlay) {
      List<Path> lowers = new ArrayList<>(overlay.lowers());
      if (lowers.isEmpty()) {
        lowers.add(surroundings.overrides().empty());
      }
      add(WORKSPACE_TARGET, lowers, overlay.writes(), EnumSet.of(Flag.NODEV, Flag.NOSUID));
    }

    private void addShared(int sharedRoot, List<Path> sharedWrites) {
      operations.add(
          new MountOperation.Bind(
              "/roots/" + sharedRoot + RootSpec.WORKSPACE,
              WORKSPACE_TARGET,
              EnumSet.of(Flag.NODEV, Flag.NOSUID)));
      writes.addAll(sharedWrites);
    }

    /**
     * Adds an overlay.
     *
     * @param lowers the lowest first, as everywhere but in the launcher
     */
    private void add(
        String target, List<Path> lowers, @Nullable WriteLayer writeLayer, EnumSet<Flag> flags) {
      StoreView view = surroundings.view();
      List<String> topmostFirst = lowers.reversed().stream().map(view::inStoreOrHost).toList();
      if (writeLayer == null) {
        flags.add(Flag.READ_ONLY);
        operations.add(new MountOperation.Overlay(target, topmostFirst, "", "", flags));
        return;
      }
      flags.add(Flag.VOLATILE);
      writes.add(writeLayer.upper());
      operations.add(
          new MountOperation.Overlay(
              target,
              topmostFirst,
              view.inStore(writeLayer.upper()),
              view.inStore(writeLayer.work()),
              flags));
    }
  }
}
