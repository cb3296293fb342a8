package dev.stepbox.agent.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What should not happen between engine and worker, or inside a worker. The message says what was
 * tried, on what, what went wrong and what to do.
 */
public final class AgentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final AgentErrorCode code;

  public AgentException(AgentErrorCode code, String message) {
    this(code, message, null);
  }

  public AgentException(AgentErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public AgentErrorCode code() {
    return code;
  }
}
