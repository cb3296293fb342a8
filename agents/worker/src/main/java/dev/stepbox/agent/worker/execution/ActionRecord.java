package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.codec.MessageCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What an action without a process has to tell, kept before it is told: so that a worker that meets
 * the stage again, in which later steps may have run, need not do it again. Written to a temporary
 * file and renamed, without a sync: it has to survive the death of this process, and not of the
 * machine.
 */
record ActionRecord(Path file) {

  /** Keep what is to be told, the end of the step last. */
  void save(List<FromWorker> told, FromWorker.StepFinished end) {
    List<String> lines = new ArrayList<>(told.size() + 1);
    told.forEach(message -> lines.add(MessageCodec.encode(message)));
    lines.add(MessageCodec.encode(end));
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.write(temporary, lines);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw unusable("write", e);
    }
  }

  /** What was kept; empty when the action was not over. */
  List<FromWorker> load() {
    try {
      return Files.readAllLines(file).stream().map(MessageCodec::decodeFromWorker).toList();
    } catch (NoSuchFileException ignored) {
      // It was never over.
      return List.of();
    } catch (IOException e) {
      throw unusable("read", e);
    }
  }

  private AgentException unusable(String what, IOException cause) {
    return new AgentException(
        AgentErrorCode.WORKSPACE_UNUSABLE,
        "cannot %s '%s', which tells how a step has ended: %s. Check the disk under STEPBOX_HOME."
            .formatted(what, file, cause.getMessage()),
        cause);
  }
}
