package dev.stepbox.layercache.store;

import java.io.IOException;
import java.nio.file.Path;

/** Is asked before every change to the files of a store, and may refuse it. */
public interface WriteGate {

  /**
   * Returns when the change may be made.
   *
   * @param path what is about to be created, written, renamed or removed
   * @param bytes of content that the change adds
   */
  void pass(Path path, long bytes) throws IOException;
}
