package dev.stepbox.agent.protocol;

import java.time.Instant;

/**
 * When bytes of output were written.
 *
 * @param offset in the bytes of the same message; the time holds up to the next mark
 */
public record TimeMark(int offset, Instant at) {
  public TimeMark {
    if (offset < 0) {
      throw new IllegalArgumentException("offset must not be negative: " + offset);
    }
  }
}
