package dev.stepbox.isolation;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sandbox could not be had, or was lost. How a step ended is never an exception but a {@link
 * SandboxExit}.
 */
public final class SandboxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final SandboxErrorCode code;

  public SandboxException(SandboxErrorCode code, String message) {
    this(code, message, null);
  }

  public SandboxException(SandboxErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), code.name());
  }

  /** What kind of failure this is; messages are for people only. */
  public SandboxErrorCode code() {
    return code;
  }
}
