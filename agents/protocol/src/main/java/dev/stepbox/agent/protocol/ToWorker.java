package dev.stepbox.agent.protocol;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an engine asks of a worker. */
public sealed interface ToWorker extends Message {
  /**
   * Stages of a build will follow: get its sandbox ready meanwhile. Only saves time and has no
   * answer; what goes wrong is told by the first stage that needs the sandbox.
   */
  record PrepareBuild(String build, Demands demands) implements ToWorker {
    public PrepareBuild {
      Names.requirePathSafe("build id", build);
    }
  }

  /**
   * Run an attempt of a stage. Answered by {@link FromWorker.StageAccepted} and, at its end, by
   * exactly one {@link FromWorker.StageFinished}. An attempt that this worker already has is a
   * {@link FromWorker.WorkerFault} and leaves the running one alone.
   */
  record RunStage(Assignment assignment) implements ToWorker {}

  /**
   * Carry on an attempt that an engine, now gone, had begun: adopt the step that is still running,
   * take over the record of one that has ended, run what is left. Steps whose outcome the engine
   * knows are not mentioned again; output goes on after the known offset, nothing lost and nothing
   * doubled. What cannot be found again is told as errored.
   *
   * @param startedAt when the attempt began; its timeout counts from there
   * @param progress at most one entry a step; steps without one are not known to have begun
   * @param stop set when the attempt was to end early before it could be carried on: then no step
   *     begins that it ends
   */
  record ResumeStage(
      Assignment assignment, Instant startedAt, List<StepProgress> progress, @Nullable Stop stop)
      implements ToWorker {
    public ResumeStage {
      progress = List.copyOf(progress);
    }
  }

  /**
   * That an attempt is to end early, as with {@link CancelStage}.
   *
   * @param reason who or what cancelled, for people
   */
  record Stop(CancelMode mode, String reason) {}

  /**
   * End an attempt early. Without effect on one that has ended or is unknown; a {@link
   * CancelMode#KILL} may follow a {@link CancelMode#GRACEFUL}.
   *
   * @param reason who or what cancelled, for people
   */
  record CancelStage(AttemptId attempt, CancelMode mode, String reason) implements ToWorker {}

  /**
   * The build is over: close its sandbox and all that belongs to it on this worker. Attempts that
   * still run are killed. Answered by {@link FromWorker.BuildReleased}, also for an unknown build.
   */
  record ReleaseBuild(String build) implements ToWorker {
    public ReleaseBuild {
      Names.requirePathSafe("build id", build);
    }
  }
}
