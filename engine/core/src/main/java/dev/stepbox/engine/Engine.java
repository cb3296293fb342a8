package dev.stepbox.engine;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.artifact.Artifact;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.log.StepLog;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.Wish;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/**
 * Plans and runs builds, and keeps what they left behind. Thread-safe. Every method may throw
 * {@link EngineException}; each says the codes that are particular to it. Any number of engines, in
 * any number of processes, may share a home directory: one of them carries a build on at a time.
 */
public interface Engine extends AutoCloseable {

  /**
   * Work out what a build would do. Reads the source's branch, nothing else, and writes nothing.
   *
   * @throws EngineException {@link ErrorCode#INVALID_REQUEST}, {@link ErrorCode#UNKNOWN_STAGE},
   *     {@link ErrorCode#INVALID_PLAN} or {@link ErrorCode#SOURCE_UNAVAILABLE}
   */
  BuildPlan plan(BuildRequest request) throws InterruptedException;

  /**
   * What the pipeline asks for in this plan and the request's permissions do not give; empty when
   * the build may begin.
   */
  List<Wish> refused(BuildRequest request, BuildPlan plan);

  /**
   * Begin a build and return at once; it goes on on threads of this engine.
   *
   * @throws EngineException as {@link #plan} does, and {@link ErrorCode#IMAGE_UNUSABLE} for an
   *     image that the store does not have, {@link ErrorCode#NOT_ALLOWED} for what {@link #refused}
   *     tells, {@link ErrorCode#NO_SPACE}; then there is no build
   */
  BuildId submit(BuildRequest request) throws InterruptedException;

  /**
   * Carry an unfinished build on that nobody carries on: replay its journal, meet its running
   * steps, go on to its end. Returns at once.
   *
   * @param secrets the values of exactly those secrets that the build was begun with
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}, {@link ErrorCode#BUILD_STATE} when it
   *     is finished, {@link ErrorCode#BUILD_BUSY} when a process carries it on, {@link
   *     ErrorCode#INVALID_SECRET}
   */
  void resume(BuildId build, List<Secret> secrets) throws InterruptedException;

  /**
   * Kill what is left of an unfinished build that nobody carries on, and end it as stopped. Unlike
   * with {@link #resume}, no step is met again: what its running steps printed since nobody heard
   * them is lost, no post step runs, and so no secret is needed. Returns before it has ended.
   *
   * @param by who asks, for people
   * @throws EngineException as {@link #resume} does, but for {@link ErrorCode#INVALID_SECRET}
   */
  void abandon(BuildId build, String by) throws InterruptedException;

  /**
   * Ask whoever carries the build on to stop it; returns before it has stopped. Without effect on a
   * finished build.
   *
   * @param by who asks, for people
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}, {@link ErrorCode#BUILD_STATE} when
   *     nobody carries it on: {@link #resume} it first
   */
  void cancel(BuildId build, CancelMode mode, String by);

  /**
   * One build.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}
   */
  BuildSummary find(BuildId build);

  /** All builds, newest first; those whose journal cannot be read are left out. */
  List<BuildSummary> builds();

  /**
   * Remove a build that is over, with its logs and artifacts, and let go of what its stages left
   * behind. Its number is not used again.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}, {@link ErrorCode#BUILD_STATE} when it
   *     is not over
   */
  void remove(BuildId build) throws InterruptedException;

  /** What all builds take on disk. */
  BuildsUsage usage();

  /**
   * The plan that a build follows.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}
   */
  BuildPlan planOf(BuildId build);

  /**
   * The events of a build, wherever it runs.
   *
   * @param from sequence number of the first one wanted; 0 for all
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}
   */
  EventStream watch(BuildId build, long from);

  /**
   * The output of a step; empty for one that has not begun.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}, {@link ErrorCode#UNKNOWN_STAGE} when
   *     the build's plan has no such step
   */
  StepLog log(BuildId build, StepKey step);

  /**
   * What the steps that run at this moment use; empty unless this engine carries the build on. In
   * the order the steps began.
   */
  SequencedMap<StepKey, Usage> samples(BuildId build);

  /**
   * The files that a build keeps, by path.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}
   */
  List<Artifact> artifacts(BuildId build);

  /**
   * Copy a kept file, or a directory of kept files, out of a build.
   *
   * @param path relative, with {@code /}; empty for everything
   * @param destination an existing directory to copy into, or the name to give to the copy
   * @return how many files were copied
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}, {@link ErrorCode#UNKNOWN_ARTIFACT},
   *     {@link ErrorCode#DESTINATION_UNUSABLE}
   */
  int export(BuildId build, String path, Path destination);

  /**
   * Copy a file, or a directory with all in it, out of the workspace that a stage left behind. It
   * is kept for the last build of a pipeline directory, and for others as long as there is room.
   *
   * @param stage its name
   * @param path relative to the workspace, with {@code /}; empty for everything
   * @param destination as for {@link #export}
   * @return how many files were copied
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD}, {@link ErrorCode#UNKNOWN_ARTIFACT},
   *     {@link ErrorCode#DESTINATION_UNUSABLE}
   */
  int exportWorkspace(BuildId build, String stage, String path, Path destination)
      throws InterruptedException;

  /**
   * Let go of the builds that this engine carries on, as a crash would, only tidier: running steps
   * are not disturbed, and {@link #resume} carries on. Waits for the engine's own threads, also
   * when the calling thread is interrupted.
   */
  @Override
  void close();
}
