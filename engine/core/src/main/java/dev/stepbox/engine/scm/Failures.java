package dev.stepbox.engine.scm;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;

/** What can go wrong with sources, in words. */
final class Failures {

  private Failures() {}

  static EngineException unavailable(String tried, String why, String advice) {
    return new EngineException(
        ErrorCode.SOURCE_UNAVAILABLE, "cannot %s: %s. %s".formatted(tried, why, advice));
  }

  static EngineException unavailable(String tried, Exception cause, String advice) {
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new EngineException(
        ErrorCode.SOURCE_UNAVAILABLE, "cannot %s: %s. %s".formatted(tried, why, advice), cause);
  }

  static EngineException unsupported(String tried, String why, String advice) {
    return new EngineException(
        ErrorCode.SOURCE_UNSUPPORTED, "cannot %s: %s. %s".formatted(tried, why, advice));
  }
}
