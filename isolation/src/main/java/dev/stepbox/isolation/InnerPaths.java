package dev.stepbox.isolation;

/** Checks paths as a step sees them: absolute, without {@code .} or {@code ..}, below 4 KiB. */
final class InnerPaths {
  private static final int MAX_LENGTH = 4095;

  private InnerPaths() {}

  static void require(String what, String path) {
    boolean bad = !path.startsWith("/") || path.length() > MAX_LENGTH || path.indexOf('\0') >= 0;
    for (String part : path.split("/", -1)) {
      bad |= part.equals(".") || part.equals("..");
    }
    if (bad) {
      throw new IllegalArgumentException(
          "not a %s: '%s' (must be absolute, without '.' and '..')".formatted(what, path));
    }
  }
}
