package dev.stepbox.isolation;

import java.util.regex.Pattern;

/**
 * The names of roots and steps: 1 to {@value #MAX_LENGTH} of {@code a-z}, {@code 0-9} and {@code
 * -}. They become file names.
 */
public final class SandboxNames {
  /** Longest name, in characters. */
  public static final int MAX_LENGTH = 64;

  private static final Pattern VALID = Pattern.compile("[a-z0-9-]{1," + MAX_LENGTH + "}");

  private SandboxNames() {}

  static void require(String what, String name) {
    if (!VALID.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a %s name: '%s' (1 to %d of a-z 0-9 -)".formatted(what, name, MAX_LENGTH));
    }
  }
}
