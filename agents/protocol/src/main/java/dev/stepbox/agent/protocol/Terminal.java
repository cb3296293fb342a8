package dev.stepbox.agent.protocol;

/** What a step's process has as its standard streams. */
public enum Terminal {
  /** Standard output and error are one pipe; standard input is empty. */
  NONE,
  /** A pseudo terminal. */
  PTY
}
