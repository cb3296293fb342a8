package dev.stepbox.isolation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One step of a build, from the accepted request until its record is forgotten. Safe for use by
 * several threads.
 */
public interface RunningSandbox {

  /** The name of the step. */
  String step();

  /**
   * The file that the step's output, standard output and standard error in one, is appended to. It
   * exists from the start, grows while the step runs, and is complete when {@link #await()} has
   * returned. The bytes are raw: secrets are not masked.
   */
  Path output();

  /**
   * When the command was executed, on the clock of {@link System#nanoTime()}; empty before that and
   * if it never was.
   */
  OptionalLong startedNanos();

  /**
   * Waits until the step has ended and no process of it is left. Can be called again.
   *
   * @throws SandboxException {@link SandboxErrorCode#SUPERVISOR_LOST} when the build was
   *     {@linkplain BuildSandbox#detach() let go}, or another engine took it over, before the step
   *     ended
   */
  SandboxExit await() throws InterruptedException;

  /** Like {@link #await()}, but returns whether the step has ended within {@code timeout}. */
  boolean await(Duration timeout) throws InterruptedException;

  /**
   * Sends TERM to the command, and KILL to everything after {@code grace}. The step ends as {@link
   * SandboxExit.Cancelled}, unless it had ended by itself before. Returns at once.
   */
  void terminate(Duration grace);

  /** Kills everything of the step now. Returns at once. */
  void kill();

  /** What the step has used so far. After its end the final figures. */
  Usage usage() throws InterruptedException;
}
