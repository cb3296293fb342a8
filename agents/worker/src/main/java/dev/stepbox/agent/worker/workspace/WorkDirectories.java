package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.isolation.IdMappedTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The scratch directories of overlay mounts. */
final class WorkDirectories {
  private WorkDirectories() {}

  /** Puts an empty directory in the place of one that was mounted before. */
  static void renew(IdMappedTrees trees, Path work) throws InterruptedException {
    trees.remove(work);
    try {
      Files.createDirectory(work);
    } catch (IOException e) {
      throw new AgentException(
          AgentErrorCode.WORKSPACE_UNUSABLE,
          "cannot make '%s', the scratch directory of a stage's file system: %s. Check the disk"
                  .formatted(work, e.getMessage())
              + " under STEPBOX_HOME.",
          e);
    }
    trees.lend(work);
  }
}
