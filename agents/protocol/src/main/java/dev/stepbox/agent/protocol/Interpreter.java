package dev.stepbox.agent.protocol;

/** The shell that runs a script whose first line is not a {@code #!} line. */
public enum Interpreter {
  /** {@code /bin/sh -e}. */
  SH,
  /** {@code bash --noprofile --norc -e -o pipefail}. */
  BASH
}
