package dev.stepbox.isolation.dryrun;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.Sandboxes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Keeps the whole contract of sandboxes but executes no command and mounts nothing. A step obeys
 * variables of its own environment:
 *
 * <ul>
 *   <li>{@code STEPBOX_DRYRUN_OUTPUT}: text that the step prints, followed by a line end
 *   <li>{@code STEPBOX_DRYRUN_SLEEP}: milliseconds that the step takes, default 0
 *   <li>{@code STEPBOX_DRYRUN_EXIT}: exit code, 0 to 255, default 0
 *   <li>{@code STEPBOX_DRYRUN_SIGNAL}: number of the signal that ends the step
 *   <li>{@code STEPBOX_DRYRUN_KILLED}: the limit that ends it: {@code oom}, {@code timeout}, {@code
 *       pids} or {@code disk}
 *   <li>{@code STEPBOX_DRYRUN_FAIL_TO_START}: why the sandbox cannot be made
 *   <li>{@code STEPBOX_DRYRUN_LOST}: any text; the supervisor dies during the step
 * </ul>
 *
 * The first of {@code FAIL_TO_START}, {@code LOST}, {@code KILLED}, {@code SIGNAL} and {@code EXIT}
 * that is there counts. Supervisors live as long as this object: a build can be detached and met
 * again through it.
 */
public final class DryRunSandboxes implements Sandboxes {
  private final Map<Path, DryRunBuildSandbox> living = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  /**
   * Dry runs on a clock.
   *
   * @param nanoTime usually {@link System#nanoTime()}
   */
  public DryRunSandboxes(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public BuildSandbox open(IsolationRequest request) {
    Path directory = request.runDirectory();
    try {
      Files.createDirectories(directory.resolve("steps"));
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          "cannot make the run directory '%s': %s. Give this user write access to STEPBOX_HOME."
              .formatted(directory, e),
          e);
    }
    DryRunBuildSandbox sandbox = new DryRunBuildSandbox(new DryRunState(directory, nanoTime));
    sandbox.onClose(() -> living.remove(directory));
    living.put(directory, sandbox);
    return sandbox;
  }

  @Override
  public Optional<BuildSandbox> reattach(Path runDirectory) {
    DryRunBuildSandbox found =
        living.computeIfPresent(
            runDirectory,
            (directory, before) -> {
              DryRunBuildSandbox sandbox = before.attachAgain();
              sandbox.onClose(() -> living.remove(directory));
              return sandbox;
            });
    return Optional.ofNullable(found);
  }

  @Override
  public Optional<SandboxExit> recordedExit(Path runDirectory, String step) {
    return Optional.ofNullable(living.get(runDirectory))
        .flatMap(sandbox -> sandbox.state().recordedExit(step));
  }

  @Override
  public Path recordedOutput(Path runDirectory, String step) {
    return DryRunState.output(runDirectory, step);
  }

  @Override
  public void sweep(Path runDirectory) {
    DryRunBuildSandbox left = living.remove(runDirectory);
    if (left != null) {
      left.close();
    }
  }
}
