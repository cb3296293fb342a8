package dev.stepbox.cli.terminal;

import java.util.regex.Pattern;

/** Words of a command line that a person may copy into a shell. */
public final class ShellWords {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+,=-]+");

  private ShellWords() {}

  /** The word as it must be typed: itself, or in quotes. */
  public static String quote(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
