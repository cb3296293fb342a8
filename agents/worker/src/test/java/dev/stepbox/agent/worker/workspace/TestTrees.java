package dev.stepbox.agent.worker.workspace;

import java.io.IOException;
import java.nio.file.Path;

/** Lets other tests remove what they have made. */
public final class TestTrees {
  private TestTrees() {}

  /** Removes a directory of this user with all in it. */
  public static void delete(Path directory) throws IOException {
    FileTrees.delete(directory);
  }
}
