package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.worker.workspace.SpaceNames;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.StepReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs one step, whatever it does, or goes on with one that an earlier worker has begun. */
final class StepRunner {
  private final StageContext stage;
  private final @Nullable Resumption resumption;
  private final ShellSteps shells;
  private final BuiltInSteps builtIns;

  /**
   * Runs the steps of a stage.
   *
   * @param resumption null for a new attempt
   */
  StepRunner(StageContext stage, @Nullable Resumption resumption) {
    this.stage = stage;
    this.resumption = resumption;
    this.shells = new ShellSteps(stage);
    this.builtIns = new BuiltInSteps(stage);
  }

  /**
   * Runs a step to its end; whatever goes wrong is in its outcome.
   *
   * @param next the step that probably follows; null for none
   */
  StepEnd run(StepAssignment step, @Nullable StepAssignment next) throws InterruptedException {
    StepEnd end =
        guarded(() ->
            switch (step.action()) {
              case Action.Shell shell -> shells.run(step, shell, next);
              case Action.Checkout _,
                  Action.SourceMissing _,
                  Action.Archive _,
                  Action.Stash _,
                  Action.Unstash _ ->
                  builtIns.run(step, progress(step).started());
            });
    return Objects.requireNonNull(end, "what runs has an end");
  }

  /**
   * Follows a script that an earlier worker has begun to its end, also when nothing is to begin any
   * more: it may run, and somebody has to end it. Another action that was over is told as it ended:
   * what it worked on may have changed since.
   *
   * @return null when no trace of it is found, so that it has not begun or can begin again
   */
  @Nullable StepEnd meet(StepAssignment step) throws InterruptedException {
    if (resumption == null) {
      return null;
    }
    return guarded(() ->
        step.action() instanceof Action.Shell
            ? begunEarlier(step)
            : builtIns.recorded(step, progress(step).started()));
  }

  private interface Work {
    @Nullable StepEnd go() throws InterruptedException;
  }

  private @Nullable StepEnd guarded(Work work) throws InterruptedException {
    try {
      return work.go();
    } catch (AgentException e) {
      if (e.code() == AgentErrorCode.TRANSPORT_CLOSED) {
        throw e;
      }
      return notBegun(e);
    } catch (RuntimeException e) {
      if (Faults.isLoss(e)) {
        stage.sandbox().lost();
      }
      return notBegun(e);
    }
  }

  private @Nullable StepEnd begunEarlier(StepAssignment step) throws InterruptedException {
    StepProgress known = progress(step);
    String name = SpaceNames.step(stage.assignment().attempt(), step.index());
    BuildSandbox sandbox = stage.sandbox().current();
    if (sandbox != null) {
      Optional<RunningSandbox> running = sandbox.step(name);
      if (running.isPresent()) {
        return shells.adopt(step, running.get(), known.rawOffset(), known.started());
      }
    }
    Path run = stage.build().directory().run();
    Path output = stage.build().sandboxes().recordedOutput(run, name);
    Optional<SandboxExit> exit = stage.build().sandboxes().recordedExit(run, name);
    boolean hasBegun = known.started() || known.rawOffset() > 0 || Files.exists(output);
    if (exit.isEmpty() && !hasBegun) {
      return null;
    }
    SandboxExit end =
        exit.orElse(
            new SandboxExit.Lost(
                "the supervisor of the build died while the step ran", StepReport.UNKNOWN));
    return shells.recorded(step, end, output, known.rawOffset(), known.started());
  }

  private StepProgress progress(StepAssignment step) {
    return resumption == null
        ? new StepProgress(step.index(), false, 0, null)
        : resumption.of(step.index());
  }

  private StepEnd notBegun(RuntimeException e) {
    return StepEnd.notBegun(Faults.of(e, stage.masking()), stage.clock().instant());
  }
}
