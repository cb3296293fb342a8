package dev.stepbox.isolation;

import java.nio.file.Path;

/**
 * A directory or file below the store, shown inside the sandbox.
 *
 * @param source absolute path below the store
 * @param target absolute path inside the sandbox; made if absent, symbolic links on the way stay
 *     inside the root
 * @param access whether the step may write
 */
public record BindMount(Path source, String target, Access access) {
  /** Whether a mount can be written. */
  public enum Access {
    READ_ONLY,
    READ_WRITE
  }

  public BindMount {
    if (!source.isAbsolute()) {
      throw new IllegalArgumentException("mount source is not absolute: '%s'".formatted(source));
    }
    InnerPaths.require("mount target", target);
    if (target.equals("/")) {
      throw new IllegalArgumentException("cannot mount over the root of the sandbox");
    }
  }
}
