package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.worker.workspace.ImageProfile;
import dev.stepbox.agent.worker.workspace.SpaceNames;
import dev.stepbox.isolation.BindMount;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.SandboxSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** What isolation is asked for each step; worked out ahead while the step before runs. */
final class StepSpecs {
  /** How long a step of a post block may take that says nothing itself: a build ends always. */
  static final Duration POST_STEP_MAX = Duration.ofMinutes(10);

  private static final SandboxSpec.Terminal SCREEN = new SandboxSpec.Terminal(120, 40);

  private final StageContext stage;
  private @Nullable SandboxSpec prepared;

  StepSpecs(StageContext stage) {
    this.stage = stage;
  }

  /** Works ahead. What goes wrong here will go wrong again when the step's turn has come. */
  void prepare(StepAssignment next) throws InterruptedException {
    prepared = null;
    if (next.action() instanceof Action.Shell shell) {
      try {
        prepared = compute(next, shell);
      } catch (RuntimeException ignored) {
        // Told with the step that it concerns, see above.
        prepared = null;
      }
    }
  }

  SandboxSpec of(StepAssignment step, Action.Shell shell) throws InterruptedException {
    SandboxSpec ready = prepared;
    prepared = null;
    boolean isThisOne =
        ready != null
            && ready.step().equals(SpaceNames.step(stage.assignment().attempt(), step.index()));
    return ready != null && isThisOne ? ready : compute(step, shell);
  }

  private SandboxSpec compute(StepAssignment step, Action.Shell shell) throws InterruptedException {
    Assignment assignment = stage.assignment();
    BuildSandbox sandbox = stage.sandbox().use();
    ImageProfile image = stage.space().profile(sandbox, shell.image());
    SequencedMap<String, String> environment = StepEnvironment.of(assignment, step, shell, image);
    StepCommand command = StepCommand.of(shell);
    return SandboxSpec.step(SpaceNames.step(assignment.attempt(), step.index()), command.command())
        .environment(environment)
        .user(image.user())
        .caps(caps(shell.caps()))
        .network(NetworkMode.valueOf(shell.network().name()))
        .mounts(mounts(shell, environment.getOrDefault("HOME", image.home()), image))
        .files(command.files())
        .nesting(SandboxSpec.Nesting.valueOf(shell.nesting().name()))
        .terminal(shell.terminal() == Terminal.PTY ? SCREEN : null)
        .timeout(timeout(assignment, step, shell))
        .grace(assignment.settings().grace())
        .outputLimitBytes(assignment.settings().outputLimitBytes())
        .build();
  }

  /** How long a step may take; null for as long as its stage. */
  static @Nullable Duration timeout(
      Assignment assignment, StepAssignment step, Action.Shell shell) {
    boolean isPost = assignment.steps().stream().noneMatch(own -> own.index() == step.index());
    return shell.timeout() == null && isPost ? POST_STEP_MAX : shell.timeout();
  }

  private List<BindMount> mounts(Action.Shell shell, String home, ImageProfile image)
      throws InterruptedException {
    List<BindMount> mounts = new ArrayList<>();
    for (String cache : shell.caches()) {
      mounts.add(
          new BindMount(
              stage.space().cacheMount(cache, image.user(), stage.sandbox().use()),
              CachePaths.resolve(cache, home),
              BindMount.Access.READ_WRITE));
    }
    return mounts;
  }

  static Caps caps(dev.stepbox.agent.protocol.Caps caps) {
    return new Caps(
        caps.cpuMillis(), caps.memoryBytes(), caps.pids(), caps.diskBytes(), caps.diskFiles());
  }
}
