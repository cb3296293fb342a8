package dev.stepbox.isolation;

import java.util.regex.Pattern;

/**
 * The names of roots and steps: 1 to {@value #MAX_LENGTH} letters, digits, {@code _}, {@code -} and
 * {@code .}, not beginning with {@code .} or {@code -}. They become file names.
 */
public final class SandboxNames {
  /** Longest name, in characters. */
  public static final int MAX_LENGTH = 64;

  private static final Pattern VALID =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0," + (MAX_LENGTH - 1) + "}");

  private SandboxNames() {}

  static void require(String what, String name) {
    if (!VALID.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a %s name: '%s' (1 to %d of A-Z a-z 0-9 _ . -)".formatted(what, name, MAX_LENGTH));
    }
  }
}
