package dev.stepbox.isolation;

import java.util.List;
import java.util.Optional;

/**
 * The living supervisor of one build. Safe for use by several threads: steps of parallel stages are
 * started and awaited independently.
 *
 * <p>{@link #close()} ends everything; {@link #detach()} leaves steps running for a later {@link
 * Sandboxes#reattach}. The death of the Java process is the same as {@code detach}.
 */
public interface BuildSandbox extends AutoCloseable {

  /** What does not hold on this machine and must be said on every step; empty when all holds. */
  List<Announcement> announcements();

  /**
   * Mounts the root file system and the workspace of a stage once; every step of the stage then
   * gets its own copy of the mount.
   *
   * @throws SandboxException {@link SandboxErrorCode#MOUNT_FAILED}
   */
  StageRoot mountRoot(RootSpec spec) throws InterruptedException;

  /**
   * Unmounts a stage's root. Afterwards its write layers are complete on disk and may be renamed.
   * Refused while a step of the root runs. Unmounting what is not mounted does nothing.
   */
  void unmount(StageRoot root) throws InterruptedException;

  /** Roots that are mounted, also by an engine that is gone. */
  List<StageRoot> roots();

  /**
   * Starts a step. Returns as soon as its command is executed, or when that has failed, which
   * {@link RunningSandbox#await()} then tells as {@link SandboxExit.NotStarted}.
   */
  RunningSandbox start(StageRoot root, SandboxSpec spec) throws InterruptedException;

  /**
   * Steps that this supervisor knows: running ones, and ended ones that were not {@linkplain
   * #forget forgotten}.
   */
  List<RunningSandbox> steps();

  /** The step of that name among {@link #steps()}. */
  Optional<RunningSandbox> step(String step);

  /**
   * Removes the record and the raw output of an ended step, once the caller holds both elsewhere.
   */
  void forget(String step) throws InterruptedException;

  /** Work on trees whose files belong to ids of the build's user namespace. */
  IdMappedTrees trees();

  /** Lets go of the supervisor, which goes on. Afterwards every other method fails. */
  void detach();

  /**
   * Kills every step, unmounts every root, ends the supervisor and removes its cgroups. Idempotent;
   * goes on to its end when the thread is interrupted.
   */
  @Override
  void close();
}
