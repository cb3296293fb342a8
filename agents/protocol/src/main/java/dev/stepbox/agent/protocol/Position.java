package dev.stepbox.agent.protocol;

/**
 * Where in the pipeline file something was written.
 *
 * @param file the file's name as the user would type it
 * @param line 1-based
 */
public record Position(String file, int line) {
  public Position {
    if (line < 1) {
      throw new IllegalArgumentException("line must be at least 1: " + line);
    }
  }

  /** Written {@code file:line}. */
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
