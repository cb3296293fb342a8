package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.worker.output.Masking;
import dev.stepbox.agent.worker.workspace.BuildSpace;
import dev.stepbox.agent.worker.workspace.KeptBytes;
import dev.stepbox.agent.worker.workspace.StageSpace;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What the parts of a stage's run have in common.
 *
 * @param space the stage's file systems
 * @param kept counts what its archives, stashes and unstashes write
 * @param masking hides the secrets of the build
 */
record StageContext(
    Assignment assignment,
    BuildSpace build,
    StageSpace space,
    StageSandbox sandbox,
    KeptBytes kept,
    Outbox outbox,
    Masking masking,
    Cancellation cancellation,
    Deadline deadline,
    InstantSource clock) {

  void announce(StepAssignment step, Severity severity, String code, String text)
      throws InterruptedException {
    outbox.send(
        new FromWorker.Announcement(
            assignment.attempt(), step.index(), severity, code, masking.mask(text)));
  }

  /** The time of day of a moment on the clock of {@link System#nanoTime()}. */
  Instant instantOf(long nanos) {
    return clock.instant().minusNanos(System.nanoTime() - nanos);
  }
}
