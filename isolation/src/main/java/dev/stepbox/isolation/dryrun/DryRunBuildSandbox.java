package dev.stepbox.isolation.dryrun;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.StageRoot;
import java.util.List;
import java.util.Optional;

/** The engine's end of a dry run. */
final class DryRunBuildSandbox implements BuildSandbox {
  private static final List<Announcement> ANNOUNCEMENTS =
      List.of(new Announcement("dry-run", "nothing is executed"));

  private final DryRunState state;
  private final PlainTrees trees = new PlainTrees();
  private volatile Runnable onClose = () -> {};
  private volatile boolean isOver;

  DryRunBuildSandbox(DryRunState state) {
    this.state = state;
  }

  void onClose(Runnable action) {
    onClose = action;
  }

  DryRunState state() {
    return state;
  }

  /** One engine at a time: the earlier one is let go. */
  DryRunBuildSandbox attachAgain() {
    isOver = true;
    return new DryRunBuildSandbox(state);
  }

  @Override
  public List<Announcement> announcements() {
    return ANNOUNCEMENTS;
  }

  @Override
  public StageRoot mountRoot(RootSpec spec) {
    requireAttached();
    if (spec.workspace() instanceof RootSpec.Workspace.SharedWith shared) {
      requireMounted(shared.other());
    }
    if (state.roots().putIfAbsent(spec.name(), spec) != null) {
      throw invalid("root '%s' is mounted already".formatted(spec.name()));
    }
    return new StageRoot(spec.name());
  }

  @Override
  public void unmount(StageRoot root) {
    requireAttached();
    state.roots().remove(root.name());
  }

  @Override
  public List<StageRoot> roots() {
    return state.roots().keySet().stream().map(StageRoot::new).toList();
  }

  @Override
  public RunningSandbox start(StageRoot root, SandboxSpec spec) {
    requireAttached();
    requireMounted(root);
    DryRunStep step =
        new DryRunStep(spec, DryRunState.output(state.directory(), spec.step()), state.nanoTime());
    if (state.steps().putIfAbsent(spec.step(), step) != null) {
      throw invalid("step '%s' was started before".formatted(spec.step()));
    }
    step.start();
    return step;
  }

  @Override
  public List<RunningSandbox> steps() {
    return List.copyOf(state.steps().values());
  }

  @Override
  public Optional<RunningSandbox> step(String step) {
    return Optional.ofNullable(state.steps().get(step));
  }

  @Override
  public void forget(String step) {
    requireAttached();
    DryRunStep known = state.steps().get(step);
    if (known != null && known.exitIfEnded().isEmpty()) {
      throw invalid("step '%s' still runs".formatted(step));
    }
    trees.remove(state.directory().resolve("steps").resolve(step));
    state.steps().remove(step);
  }

  @Override
  public IdMappedTrees trees() {
    return trees;
  }

  @Override
  public void detach() {
    isOver = true;
  }

  @Override
  public void close() {
    if (isOver) {
      return;
    }
    isOver = true;
    state.steps().values().forEach(DryRunStep::kill);
    state.roots().clear();
    onClose.run();
  }

  private void requireAttached() {
    if (isOver) {
      throw new SandboxException(
          SandboxErrorCode.SUPERVISOR_LOST, "this engine has let go of the build's supervisor");
    }
  }

  private void requireMounted(StageRoot root) {
    if (!state.roots().containsKey(root.name())) {
      throw invalid("root '%s' is not mounted".formatted(root.name()));
    }
  }

  private static SandboxException invalid(String message) {
    return new SandboxException(SandboxErrorCode.INVALID_REQUEST, message);
  }
}
