package dev.stepbox.cli.exit;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong, for a person to read.
 *
 * @param message what was tried, on what, and what went wrong
 * @param remedy what to do about it, or null where the message says all; may have several lines
 */
public record Problem(String message, @Nullable String remedy) {

  public Problem {
    if (message.isBlank()) {
      throw new IllegalArgumentException("a problem without a message");
    }
  }

  /** A problem whose message says all. */
  public static Problem of(String message) {
    return new Problem(message, null);
  }

  /** A problem with what to do about it. */
  public static Problem of(String message, String remedy) {
    return new Problem(message, remedy);
  }
}
