package dev.stepbox.agent.protocol;

/**
 * A value that steps get as an environment variable and that must not be seen: masked in output,
 * never in {@link #toString()}, a journal, a file or an error message.
 *
 * @param name the variable's name
 * @param value at least {@value #MIN_LENGTH} characters, white space at its ends not counted; a
 *     shorter one could not be masked without making the log unreadable
 */
public record Secret(String name, String value) {
  /** The shortest value that is masked. */
  public static final int MIN_LENGTH = 4;

  /** The longest value, in characters. */
  public static final int MAX_LENGTH = 64 * 1024;

  public Secret {
    Names.requireText("secret name", name);
    if (value.strip().length() < MIN_LENGTH || value.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "secret '%s' has %d characters besides white space at its ends; %d to %d can be masked"
              .formatted(name, value.strip().length(), MIN_LENGTH, MAX_LENGTH));
    }
  }

  @Override
  public String toString() {
    return "Secret[" + name + "]";
  }
}
