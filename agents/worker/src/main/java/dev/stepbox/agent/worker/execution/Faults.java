package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.worker.output.Masking;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.layercache.LayerCacheException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an exception means for the step in which it came up. */
final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private Faults() {}

  /**
   * What went wrong.
   *
   * @param masking for the message, which may quote what the step was given
   */
  static StepOutcome.Errored of(RuntimeException e, Masking masking) {
    StepOutcome.Errored plain = plain(e);
    return new StepOutcome.Errored(plain.code(), masking.mask(plain.message()));
  }

  private static StepOutcome.Errored plain(RuntimeException e) {
    return switch (e) {
      case AgentException agent -> errored(agent.code(), agent);
      case SandboxException sandbox -> errored(code(sandbox.code()), sandbox);
      case LayerCacheException cache -> errored(code(cache.code()), cache);
      case IllegalArgumentException invalid -> errored(AgentErrorCode.ASSIGNMENT_INVALID, invalid);
      default -> {
        LOG.error("a defect of the worker", e);
        yield new StepOutcome.Errored(
            AgentErrorCode.INTERNAL, "a defect of the worker: %s. Please report it.".formatted(e));
      }
    };
  }

  /** Whether the sandbox of the build is gone, so that another one is needed. */
  static boolean isLoss(RuntimeException e) {
    return e instanceof SandboxException sandbox
        && (sandbox.code() == SandboxErrorCode.SUPERVISOR_LOST
            || sandbox.code() == SandboxErrorCode.PROTOCOL);
  }

  private static StepOutcome.Errored errored(AgentErrorCode code, RuntimeException e) {
    String message = e.getMessage();
    return new StepOutcome.Errored(code, message == null ? e.toString() : message);
  }

  private static AgentErrorCode code(SandboxErrorCode code) {
    return switch (code) {
      case CANNOT_ISOLATE, NETWORK_UNAVAILABLE, LAUNCHER_UNUSABLE -> AgentErrorCode.CANNOT_ISOLATE;
      case CAP_NOT_ENFORCEABLE -> AgentErrorCode.CAP_UNENFORCED;
      case MOUNT_FAILED, TREE_FAILED, OUT_OF_RESOURCES -> AgentErrorCode.WORKSPACE_UNUSABLE;
      case SUPERVISOR_LOST, PROTOCOL -> AgentErrorCode.SANDBOX_LOST;
      case INVALID_REQUEST -> AgentErrorCode.ASSIGNMENT_INVALID;
    };
  }

  private static AgentErrorCode code(LayerCacheException.Code code) {
    return switch (code) {
      case SOURCE_UNREADABLE,
          ARCHIVE_CORRUPT,
          ARCHIVE_REFUSED,
          DIGEST_MISMATCH,
          UNSUPPORTED,
          IMAGE_UNKNOWN ->
          AgentErrorCode.IMAGE_UNUSABLE;
      case LIMIT_EXCEEDED,
          LAYER_UNKNOWN,
          DESTINATION_UNUSABLE,
          STORE_FULL,
          STORE_READ_ONLY,
          STORE_UNUSABLE,
          TREE_UNREACHABLE,
          STORE_VERSION,
          STORE_CORRUPT ->
          AgentErrorCode.WORKSPACE_UNUSABLE;
    };
  }
}
