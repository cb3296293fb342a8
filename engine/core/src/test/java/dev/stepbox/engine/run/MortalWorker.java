package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.engine.run.SimulatedSandboxes.Fate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * A worker in simulated time that dies with its engine, as that of a local run does: of all it
 * knows only the sandboxes are left, for the next one that is told to resume.
 */
final class MortalWorker {

  private final Timeline timeline;
  private final ManualClock clock;
  private final SimulatedSandboxes sandboxes;
  private final BiFunction<Assignment, StepAssignment, Fate> fates;
  private final Consumer<FromWorker> out;
  private final Map<AttemptId, MortalStage> stages = new LinkedHashMap<>();
  private boolean isDead;

  /**
   * A worker.
   *
   * @param fates what becomes of a script, or of another action: the same whenever it is asked
   * @param out hears what the worker says while it lives
   */
  MortalWorker(
      Timeline timeline,
      ManualClock clock,
      SimulatedSandboxes sandboxes,
      BiFunction<Assignment, StepAssignment, Fate> fates,
      Consumer<FromWorker> out) {
    this.timeline = timeline;
    this.clock = clock;
    this.sandboxes = sandboxes;
    this.fates = fates;
    this.out = out;
  }

  void begin() {
    tell(new FromWorker.WorkerReady(ProtocolVersion.CURRENT, "mortal"));
  }

  void die() {
    isDead = true;
  }

  boolean isDead() {
    return isDead;
  }

  void tell(FromWorker message) {
    if (!isDead) {
      out.accept(message);
    }
  }

  /** Do something later, unless the worker is dead by then. */
  void after(Duration delay, Runnable action) {
    timeline.after(
        delay,
        () -> {
          if (!isDead) {
            action.run();
          }
        });
  }

  void hear(ToWorker message) {
    switch (message) {
      case ToWorker.PrepareBuild _ -> {}
      case ToWorker.RunStage run ->
          begin(
              run.assignment(),
              new MortalStage(
                  this, sandboxes, fates, clock, run.assignment(), clock.instant(), null));
      case ToWorker.ResumeStage resume -> begin(resume.assignment(), resumed(resume));
      case ToWorker.CancelStage cancel -> {
        MortalStage stage = stages.get(cancel.attempt());
        if (stage != null) {
          stage.cancel(cancel.mode(), cancel.reason());
        }
      }
      case ToWorker.ReleaseBuild release -> release(release.build());
    }
  }

  private MortalStage resumed(ToWorker.ResumeStage resume) {
    var stage =
        new MortalStage(
            this,
            sandboxes,
            fates,
            clock,
            resume.assignment(),
            resume.startedAt(),
            resume.progress());
    ToWorker.Stop stop = resume.stop();
    if (stop != null) {
      stage.cancel(stop.mode(), stop.reason());
    }
    return stage;
  }

  private void begin(Assignment assignment, MortalStage stage) {
    AttemptId attempt = assignment.attempt();
    if (stages.putIfAbsent(attempt, stage) == null) {
      stage.begin();
    } else {
      tell(
          new FromWorker.WorkerFault(
              attempt.build(), AgentErrorCode.MESSAGE_OUT_OF_PLACE, attempt + " runs already"));
    }
  }

  private void release(String build) {
    List.copyOf(stages.values())
        .forEach(stage -> stage.cancel(CancelMode.KILL, "the build was released"));
    sandboxes.release();
    after(
        Duration.ofMillis(3),
        () -> {
          stages.clear();
          tell(new FromWorker.BuildReleased(build));
        });
  }
}
