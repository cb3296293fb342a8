package dev.stepbox.isolation.host;

import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.plan.RuntimeParts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks for the OCI runtimes of this machine. Starts none of them. */
public final class RuntimeFinder {
  private final HostFiles host;

  RuntimeFinder(HostFiles host) {
    this.host = host;
  }

  /** Where a runtime is, on the caller's {@code PATH} or among the programs of administrators. */
  public Optional<Path> program(OciRuntime runtime) {
    return host.programOnPath(runtime.program());
  }

  /**
   * A runtime, and what it needs.
   *
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE} when it is not installed
   */
  public RuntimeParts require(OciRuntime runtime) {
    String name = runtime.program();
    Path program =
        program(runtime)
            .orElseThrow(() ->
                new SandboxException(
                    SandboxErrorCode.CANNOT_ISOLATE,
                    ("cannot run steps through '%s': there is no such program on PATH. As root:"
                            + " apt-get install %s; or run without --runtime.")
                        .formatted(name, name)));
    try {
      return new RuntimeParts(runtime, program.toRealPath(), host.libraries());
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          "cannot run steps through '%s': '%s' leads to no file: %s. Install it again."
              .formatted(name, program, e.getMessage()),
          e);
    }
  }

  /**
   * Runtimes write id maps by the numbers of a {@code /proc} of their own.
   *
   * @param runtime that was asked for, null for none
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE} when one was
   */
  public static void refuseBorrowedProc(@Nullable OciRuntime runtime) {
    if (runtime != null) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          ("cannot run steps through '%s': no /proc of their own can be mounted here, because the"
                  + " container around covers parts of its /proc. Run without --runtime, or see"
                  + " 'stepbox doctor' for the remedy.")
              .formatted(runtime.program()));
    }
  }
}
