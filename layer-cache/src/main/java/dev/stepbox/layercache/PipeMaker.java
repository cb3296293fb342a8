package dev.stepbox.layercache;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/** Makes named pipes among the user's own files, which the JDK has no call for. Thread-safe. */
@FunctionalInterface
public interface PipeMaker {
  /**
   * Makes a pipe; a file or link of the name is replaced.
   *
   * @param mode permission bits
   */
  void make(Path pipe, int mode, Instant modified) throws IOException;
}
