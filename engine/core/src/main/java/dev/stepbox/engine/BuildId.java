package dev.stepbox.engine;

/**
 * Number of a build: unique and growing within one home directory, starting at 1.
 *
 * @param number the number, 1 to {@value #MAX}
 */
public record BuildId(int number) implements Comparable<BuildId> {

  /** Highest number a home directory can give out. */
  public static final int MAX = 999_999_999;

  public BuildId {
    if (number < 1 || number > MAX) {
      throw new IllegalArgumentException("not a build number: %d".formatted(number));
    }
  }

  /**
   * Read a number as a user writes it.
   *
   * @throws EngineException {@link ErrorCode#UNKNOWN_BUILD} when the text is not such a number
   */
  public static BuildId parse(String text) {
    if (text.length() <= 9 && !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int number = Integer.parseInt(text);
      if (number >= 1) {
        return new BuildId(number);
      }
    }
    throw new EngineException(
        ErrorCode.UNKNOWN_BUILD,
        "cannot find build '%s': not a build number. List them with 'stepbox builds'."
            .formatted(text));
  }

  @Override
  public int compareTo(BuildId other) {
    return Integer.compare(number, other.number);
  }

  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
