package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.StepUser;
import dev.stepbox.isolation.TreeChange;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.RootPlan;
import dev.stepbox.layercache.WriteLayer;
import dev.stepbox.layercache.WriteLayer.Purpose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The file systems of one attempt of a stage: the workspace, the root file system on the stage's
 * image, and one more for each image that a step has of its own.
 *
 * <p>They are mounted when a step first needs them and stay so until the stage ends. What a
 * built-in action brings into the workspace (a source tree, a stash) becomes a layer of its own on
 * top: then the mounts are taken down, what was written until now is captured, and the next step
 * gets a new write layer. Nothing is ever written below a mounted overlay.
 *
 * <p>After each change the state is on disk, before the sandbox is asked to act on it, so that a
 * later worker can go on. Not for use by several threads.
 */
public final class StageSpace {
  private final BuildSpace build;
  private final Assignment assignment;
  private final Images images;
  private final Overlays overlays;
  private final List<LayerId> workspaceLayers = new ArrayList<>();
  private final List<LayerId> rootLayers = new ArrayList<>();
  private final List<String> pushed = new ArrayList<>();
  private final List<Root> roots = new ArrayList<>();
  private @Nullable WriteLayer workspaceWrites;

  /** Whether the work directory of the workspace's overlay may have been mounted before. */
  private boolean isWorkspaceWorn;

  /** A root file system; the first one is the stage's. */
  private static final class Root {
    final Image image;
    @Nullable WriteLayer writes;
    @Nullable StageRoot mounted;
    boolean isWorn;

    Root(Image image, @Nullable WriteLayer writes) {
      this.image = image;
      this.writes = writes;
    }
  }

  private StageSpace(BuildSpace build, Assignment assignment) {
    this.build = build;
    this.assignment = assignment;
    this.images = build.images();
    this.overlays = new Overlays(build.config().cache().root());
  }

  static StageSpace open(BuildSpace build, Assignment assignment) throws InterruptedException {
    var space = new StageSpace(build, assignment);
    Optional<StageRecord> record = StageRecord.load(build.stageRecord(assignment.attempt()));
    if (record.isPresent()) {
      space.restore(record.get());
    } else {
      assignment.base().workspaceLayers().forEach(id -> space.workspaceLayers.add(layer(id)));
      assignment.base().rootLayers().forEach(id -> space.rootLayers.add(layer(id)));
    }
    return space;
  }

  private void restore(StageRecord record) throws InterruptedException {
    record.workspaceLayers().forEach(id -> workspaceLayers.add(layer(id)));
    record.rootLayers().forEach(id -> rootLayers.add(layer(id)));
    pushed.addAll(record.pushed());
    workspaceWrites = existing(record.workspaceWrites(), workspaceLayers);
    isWorkspaceWorn = true;
    for (StageRecord.Root recorded : record.roots()) {
      List<LayerId> captured = roots.isEmpty() ? rootLayers : new ArrayList<>();
      WriteLayer writes = existing(recorded.writes(), captured);
      var root = new Root(images.byDigest(recorded.image()), writes);
      root.isWorn = true;
      roots.add(root);
    }
  }

  /** A write layer that is still there; one that was captured is added to the layers instead. */
  private @Nullable WriteLayer existing(@Nullable String id, List<LayerId> layers) {
    if (id == null) {
      return null;
    }
    var unique = new LayerId.Unique(id);
    Optional<WriteLayer> writes = cache().writeLayer(unique);
    if (writes.isEmpty() && isInStore(unique)) {
      layers.add(unique);
    }
    return writes.orElse(null);
  }

  private boolean isInStore(LayerId id) {
    try {
      return cache().layer(id).id().equals(id);
    } catch (LayerCacheException e) {
      if (e.code() == LayerCacheException.Code.LAYER_UNKNOWN) {
        return false;
      }
      throw e;
    }
  }

  /** Meets the mounts that an earlier worker has left in the sandbox. */
  public void adopt(BuildSandbox sandbox) {
    List<StageRoot> mounted = sandbox.roots();
    for (int number = 0; number < roots.size(); number++) {
      var candidate = new StageRoot(SpaceNames.root(assignment.attempt(), number));
      roots.get(number).mounted = mounted.contains(candidate) ? candidate : null;
    }
  }

  /** The sandbox is gone, and the mounts with it. */
  public void forgetMounts() {
    roots.forEach(root -> root.mounted = null);
  }

  /**
   * The mounted root for a step.
   *
   * @param own the step's own image; null for the stage's
   */
  public StageRoot mount(BuildSandbox sandbox, @Nullable RootImage own)
      throws InterruptedException {
    Image stageImage = images.of(assignment.base().image());
    Root first = root(stageImage);
    StageRoot stageRoot = first.mounted;
    if (stageRoot == null) {
      stageRoot = mountStage(sandbox, first);
    }
    if (own == null) {
      return stageRoot;
    }
    Root other = root(images.of(own));
    if (other.mounted == null) {
      RootPlan plan = cache().rootPlan(other.image, List.of(), writesOf(other));
      other.mounted = mountNew(sandbox, other, plan, new Workspace.SharedWith(stageRoot));
    }
    return other.mounted;
  }

  private Root root(Image image) {
    for (Root root : roots) {
      if (root.image.id().equals(image.id())) {
        return root;
      }
    }
    var root = new Root(image, null);
    roots.add(root);
    return root;
  }

  private WriteLayer writesOf(Root root) throws InterruptedException {
    WriteLayer writes = root.writes;
    if (writes == null) {
      writes = build.newWriteLayer(new Purpose.Root(root.image.id()));
      root.writes = writes;
      root.isWorn = false;
    }
    return writes;
  }

  private StageRoot mountStage(BuildSandbox sandbox, Root root) throws InterruptedException {
    WriteLayer writes = workspaceWrites;
    if (writes == null) {
      writes = build.newWriteLayer(new Purpose.Workspace());
      workspaceWrites = writes;
      isWorkspaceWorn = false;
    }
    RootPlan plan = cache().rootPlan(root.image, rootLayers, writesOf(root));
    Overlay workspace = overlays.of(cache().workspacePlan(workspaceLayers, writes));
    if (isWorkspaceWorn) {
      renewWork(sandbox.trees(), workspace);
    }
    isWorkspaceWorn = true;
    open(workspace, root.image, sandbox);
    StageRoot mounted = mountNew(sandbox, root, plan, new Workspace.Own(workspace));
    root.mounted = mounted;
    return mounted;
  }

  /** The top of the workspace belongs to whoever the image's steps run as. */
  private void open(Overlay workspace, Image image, BuildSandbox sandbox)
      throws InterruptedException {
    StepUser user = images.profile(image, overlays, sandbox).user();
    if (user.uid() != 0 && workspace.writes() != null) {
      sandbox
          .trees()
          .apply(
              workspace.writes().upper(),
              List.of(new TreeChange.Owner("", user.uid(), user.gid())));
    }
  }

  private StageRoot mountNew(BuildSandbox sandbox, Root root, RootPlan plan, Workspace workspace)
      throws InterruptedException {
    var spec =
        new RootSpec(
            SpaceNames.root(assignment.attempt(), roots.indexOf(root)),
            overlays.of(plan.root()),
            overlays.of(plan.mounts()),
            workspace,
            GuestNeeds.of(assignment));
    if (root.isWorn) {
      renewWork(sandbox.trees(), spec.root());
      for (Overlay mount : spec.mounts().sequencedValues()) {
        renewWork(sandbox.trees(), mount);
      }
    }
    root.isWorn = true;
    save();
    return sandbox.mountRoot(spec);
  }

  /** A work directory that was mounted without syncs is refused a second time. */
  private static void renewWork(IdMappedTrees trees, Overlay overlay) throws InterruptedException {
    if (overlay.writes() != null) {
      WorkDirectories.renew(trees, overlay.writes().work());
    }
  }

  /** Whether the layer of a built-in action is in the workspace already. */
  public boolean hasPushed(int step) {
    return pushed.contains(Integer.toString(step));
  }

  /**
   * Lays a layer over the workspace.
   *
   * @param step the built-in action that does it
   * @param sandbox null when none is open, so that nothing is mounted
   */
  public void push(int step, LayerId layer, @Nullable BuildSandbox sandbox)
      throws InterruptedException {
    unmount(sandbox);
    captureWorkspace();
    workspaceLayers.add(layer);
    pushed.add(Integer.toString(step));
    save();
  }

  /** The workspace as it is now. */
  public WorkspaceView view(IdMappedTrees trees) throws InterruptedException {
    return new WorkspaceView(
        trees, overlays.layers(cache().workspacePlan(workspaceLayers, workspaceWrites)));
  }

  /** What an image says about steps on it; null for the stage's image. */
  public ImageProfile profile(BuildSandbox sandbox, @Nullable RootImage own)
      throws InterruptedException {
    Image image = images.of(own == null ? assignment.base().image() : own);
    return images.profile(image, overlays, sandbox);
  }

  /** What should be in an image and is not; null for the stage's image. */
  public List<String> notices(@Nullable RootImage own) throws InterruptedException {
    return images.of(own == null ? assignment.base().image() : own).notices();
  }

  /** The directory of a cache mount of this build's project, which the user can write to. */
  public Path cacheMount(String cache, StepUser user, BuildSandbox sandbox)
      throws InterruptedException {
    String key = assignment.settings().cacheScope() + ":" + cache;
    Path directory = cache().root().resolve(cache().cacheMounts().use(build.lease(), key));
    if (user.uid() != 0) {
      sandbox.trees().apply(directory, List.of(new TreeChange.Owner("", user.uid(), user.gid())));
    }
    return directory;
  }

  /**
   * Ends the file systems and makes what was written layers of the store. Can be called again.
   *
   * @param sandbox null when none is open any more, so that nothing is mounted
   */
  public Snapshot capture(@Nullable BuildSandbox sandbox) throws InterruptedException {
    unmount(sandbox);
    captureWorkspace();
    for (Root root : roots) {
      WriteLayer writes = root.writes;
      if (writes != null && root == roots.getFirst()) {
        writes.capture().ifPresent(rootLayers::add);
      } else if (writes != null) {
        writes.discard();
      }
      root.writes = null;
    }
    if (!roots.isEmpty()) {
      save();
    }
    return new Snapshot(
        assignment.base().image(), texts(rootLayers).toList(), texts(workspaceLayers).toList());
  }

  private void captureWorkspace() throws InterruptedException {
    if (workspaceWrites != null) {
      workspaceWrites.capture().ifPresent(workspaceLayers::add);
      workspaceWrites = null;
    }
  }

  /** In the reverse order: the first root has the workspace that the others share. */
  private void unmount(@Nullable BuildSandbox sandbox) throws InterruptedException {
    for (Root root : roots.reversed()) {
      if (root.mounted != null && sandbox != null) {
        sandbox.unmount(root.mounted);
      }
      root.mounted = null;
    }
  }

  private void save() {
    List<StageRecord.Root> records = new ArrayList<>();
    for (Root root : roots) {
      records.add(new StageRecord.Root(root.image.id().toString(), text(root.writes)));
    }
    new StageRecord(
            texts(workspaceLayers).toList(),
            text(workspaceWrites),
            records,
            texts(rootLayers).toList(),
            pushed)
        .save(build.stageRecord(assignment.attempt()));
  }

  private LayerCache cache() {
    return build.config().cache();
  }

  private static @Nullable String text(@Nullable WriteLayer writes) {
    return writes == null ? null : writes.id().toString();
  }

  private static Stream<String> texts(List<LayerId> ids) {
    return ids.stream().map(LayerId::toString);
  }

  private static LayerId layer(String id) {
    return LayerId.parse(id);
  }
}
