package dev.stepbox.engine;

/**
 * Something that should not happen in a healthy build: a request the engine cannot carry out, or
 * trouble with the machine. What a step may do in normal work (fail, be killed, time out) is a
 * {@link dev.stepbox.engine.event.StepOutcome} and never an exception.
 *
 * <p>The message has four parts: what was tried, on what, what went wrong, what to do.
 */
public final class EngineException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final String message;

  public EngineException(ErrorCode code, String message) {
    super(message);
    this.code = code;
    this.message = message;
  }

  public EngineException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.message = message;
  }

  /** What went wrong, for people; never null. */
  @Override
  public String getMessage() {
    return message;
  }

  /** What went wrong, for programs. */
  public ErrorCode code() {
    return code;
  }
}
