package dev.stepbox.agent.protocol;

/**
 * One try of one stage of one build. A worker treats two messages with equal ids as about the same
 * try; a retry of the stage has a higher {@code number}.
 *
 * @param build the build's id, a path-safe name of 1 to {@value Names#MAX_LENGTH} characters
 * @param stage the concrete stage's id, path-safe and unique in the build; not its display name
 * @param number 1 for the first try
 */
public record AttemptId(String build, String stage, int number) {
  public AttemptId {
    Names.requirePathSafe("build id", build);
    Names.requirePathSafe("stage id", stage);
    if (number < 1) {
      throw new IllegalArgumentException("attempt number must be at least 1: " + number);
    }
  }

  /** Written {@code build/stage#number}, for messages to people. */
  @Override
  public String toString() {
    return build + "/" + stage + "#" + number;
  }
}
