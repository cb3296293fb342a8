package dev.stepbox.isolation;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens the sandbox of a build, or meets again one that outlived its engine.
 *
 * <p>Implementations are safe for use by several threads. Every method throws {@link
 * SandboxException}; its code says whose fault it is.
 */
public interface Sandboxes {

  /**
   * Starts the supervisor of one build. Costs one process start; nothing of any step is prepared
   * here that the first step does not need.
   *
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE} or {@link
   *     SandboxErrorCode#CAP_NOT_ENFORCEABLE} if this machine cannot do what is asked; then nothing
   *     is left behind
   */
  BuildSandbox open(IsolationRequest request) throws InterruptedException;

  /**
   * Connects to the supervisor that lives in {@code runDirectory}; empty when none lives there any
   * more. What steps did meanwhile is in {@link BuildSandbox#steps()}.
   */
  Optional<BuildSandbox> reattach(Path runDirectory) throws InterruptedException;

  /**
   * Reads how a step ended from the record that the supervisor left on disk; empty when it left
   * none. Works without a living supervisor.
   */
  Optional<SandboxExit> recordedExit(Path runDirectory, String step);

  /**
   * The file that a step's output was appended to, for a step without a living supervisor. It need
   * not exist.
   */
  Path recordedOutput(Path runDirectory, String step);

  /**
   * Removes what a build whose supervisor died has left on this machine outside its run directory:
   * cgroups, processes, runtime sockets. Does nothing when nothing is left.
   */
  void sweep(Path runDirectory) throws InterruptedException;
}
