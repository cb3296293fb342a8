package dev.stepbox.agent.protocol;

import java.util.regex.Pattern;

/** The one check that a name from outside passes before it may become part of a path. */
final class Names {
  static final int MAX_LENGTH = 100;

  private static final Pattern PATH_SAFE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]*");

  private Names() {}

  static String requirePathSafe(String what, String name) {
    if (name.length() > MAX_LENGTH || !PATH_SAFE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "%s '%s' is not path-safe: 1 to %d of letters, digits and . _ + -, not first . + or -"
              .formatted(what, name, MAX_LENGTH));
    }
    return name;
  }

  static String requireText(String what, String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException(what + " must not be blank");
    }
    return text;
  }
}
