package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.layercache.LayerCacheException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns the exceptions and error codes of all parts into ours. Loaded only when one occurs. */
final class Faults {

  private static final String DOCTOR = "See what this machine offers: 'stepbox doctor'.";

  private Faults() {}

  /** Our form of any exception; one that no part of ours throws on purpose is a defect. */
  static CliException translate(RuntimeException e) {
    return switch (e) {
      case CliException ours -> ours;
      case EngineException engine -> of(code(engine.code()), engine.code().id(), engine);
      case LayerCacheException store -> of(code(store.code()), store.code().id(), store);
      case SandboxException sandbox -> of(code(sandbox.code()), sandbox.code().name(), sandbox);
      case AgentException agent -> of(code(agent.code()), agent.code().id(), agent);
      case UncheckedIOException io ->
          new CliException(
              CliErrorCode.INFRASTRUCTURE,
              Problem.of(
                  "a file of Stepbox cannot be used: " + io.getCause(),
                  "Check the file system of STEPBOX_HOME: its space, and that you may write"
                      + " there."),
              io);
      default ->
          new CliException(
              CliErrorCode.INTERNAL,
              Problem.of("a defect of Stepbox: " + e, "Please report it with the lines below."),
              e);
    };
  }

  /** How a build ends whose first error has this id. */
  static ExitCode exitCode(@Nullable String id) {
    return Stream.concat(
            Stream.of(ErrorCode.values()).filter(c -> c.id().equals(id)).map(Faults::code),
            Stream.of(AgentErrorCode.values()).filter(c -> c.id().equals(id)).map(Faults::code))
        .findFirst()
        .orElse(CliErrorCode.INFRASTRUCTURE)
        .exitCode();
  }

  private static CliException of(CliErrorCode code, String id, RuntimeException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    String remedy = code == CliErrorCode.CANNOT_ISOLATE ? DOCTOR : null;
    return new CliException(code, new Problem("%s [%s]".formatted(message, id), remedy), e);
  }

  private static CliErrorCode code(ErrorCode code) {
    return switch (code) {
      case UNKNOWN_BUILD, UNKNOWN_STAGE, UNKNOWN_ARTIFACT, BUILD_STATE, BUILD_BUSY ->
          CliErrorCode.UNKNOWN_NAME;
      case INVALID_REQUEST, INVALID_SECRET, DESTINATION_UNUSABLE -> CliErrorCode.SETTINGS;
      case INVALID_PLAN -> CliErrorCode.PIPELINE_INVALID;
      case NOT_ALLOWED -> CliErrorCode.NOT_ALLOWED;
      case CANNOT_ISOLATE -> CliErrorCode.CANNOT_ISOLATE;
      case HOME_UNUSABLE, NO_SPACE -> CliErrorCode.HOME;
      case SOURCE_UNAVAILABLE,
          SOURCE_UNSUPPORTED,
          IMAGE_UNUSABLE,
          LIMIT_EXCEEDED,
          JOURNAL_CORRUPT,
          WORKER_LOST ->
          CliErrorCode.INFRASTRUCTURE;
      case INTERNAL -> CliErrorCode.INTERNAL;
    };
  }

  private static CliErrorCode code(AgentErrorCode code) {
    return switch (code) {
      case CAP_UNENFORCED, CANNOT_ISOLATE -> CliErrorCode.CANNOT_ISOLATE;
      case VERSION_MISMATCH,
          TRANSPORT_CLOSED,
          WORKSPACE_UNUSABLE,
          IMAGE_UNUSABLE,
          SANDBOX_NOT_STARTED,
          SANDBOX_LOST,
          OUTPUT_UNREADABLE,
          STORE_FAILED,
          SOURCE_MISSING ->
          CliErrorCode.INFRASTRUCTURE;
      case MESSAGE_MALFORMED,
          MESSAGE_TOO_LARGE,
          MESSAGE_OUT_OF_PLACE,
          ASSIGNMENT_INVALID,
          INTERNAL ->
          CliErrorCode.INTERNAL;
    };
  }

  private static CliErrorCode code(LayerCacheException.Code code) {
    return switch (code.category()) {
      case USER, RESOURCES, ENVIRONMENT -> CliErrorCode.INFRASTRUCTURE;
    };
  }

  private static CliErrorCode code(SandboxErrorCode code) {
    return switch (code.category()) {
      case ENVIRONMENT -> CliErrorCode.CANNOT_ISOLATE;
      case RESOURCES -> CliErrorCode.INFRASTRUCTURE;
      case USER, INTERNAL -> CliErrorCode.INTERNAL;
    };
  }
}
