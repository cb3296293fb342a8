package dev.stepbox.isolation;

/**
 * A small file put into the sandbox before the command starts; it lies in memory and is gone with
 * the step.
 *
 * @param path absolute, below {@code /tmp/} or {@code /run/}
 * @param content UTF-8 text, at most {@value #MAX_CHARACTERS} characters
 * @param mode permission bits, for example {@code 0755}; the owner is id 0 of the sandbox
 */
public record StepFile(String path, String content, int mode) {
  /** Longest content. */
  public static final int MAX_CHARACTERS = 256 * 1024;

  private static final int PERMISSIONS = 0777;

  public StepFile {
    InnerPaths.require("file in the sandbox", path);
    if (!path.startsWith("/tmp/") && !path.startsWith("/run/")) {
      throw new IllegalArgumentException(
          "cannot put '%s' into the sandbox: only files below /tmp and /run".formatted(path));
    }
    if (content.length() > MAX_CHARACTERS) {
      throw new IllegalArgumentException(
          "cannot put '%s' into the sandbox: %d characters, the limit is %d"
              .formatted(path, content.length(), MAX_CHARACTERS));
    }
    if ((mode & ~PERMISSIONS) != 0) {
      throw new IllegalArgumentException("not permission bits: 0%o".formatted(mode));
    }
  }
}
