package dev.stepbox.isolation;

/**
 * A program that makes containers by the runtime specification of the Open Container Initiative,
 * and can make those of steps in place of the launcher.
 */
public enum OciRuntime {
  /** Written in C. */
  CRUN("crun"),
  /** Written in Go; what Docker uses. */
  RUNC("runc");

  private final String program;

  OciRuntime(String program) {
    this.program = program;
  }

  /** The name of the program, and of its package in Debian. */
  public String program() {
    return program;
  }
}
