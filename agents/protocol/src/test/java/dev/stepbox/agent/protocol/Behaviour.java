package dev.stepbox.agent.protocol;

import java.time.Duration;

/** What a step of {@link WorkerContract} is to do, in words that every worker can be taught. */
public sealed interface Behaviour {
  /** Print a text and succeed. */
  record Prints(String text) implements Behaviour {}

  /** Exit with a code other than 0. */
  record Exits(int code) implements Behaviour {}

  /** Print a text, then run until it is ended from outside; TERM ends it. */
  record Hangs(String text) implements Behaviour {}

  /** Be a step whose sandbox cannot start. */
  record CannotStart() implements Behaviour {}

  /** Run until its own timeout ends it. */
  record TimesOut(Duration timeout) implements Behaviour {}

  /** Print the value of an environment variable and succeed. */
  record PrintsVariable(String name) implements Behaviour {}
}
