package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonReader;
import dev.stepbox.agent.protocol.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What must be known of a stage's file systems by a worker that meets the stage again. Written to a
 * temporary file and renamed, without a sync: it has to survive the death of this process, and not
 * of the machine.
 *
 * @param workspaceLayers ids, the lowest first
 * @param workspaceWrites id of the write layer; null when there is none
 * @param roots what steps write outside the workspace
 * @param rootLayers ids of layers over the image of the stage, the lowest first
 * @param pushed indexes of the steps whose layers are in the workspace
 */
record StageRecord(
    List<String> workspaceLayers,
    @Nullable String workspaceWrites,
    List<Root> roots,
    List<String> rootLayers,
    List<String> pushed) {

  StageRecord {
    workspaceLayers = List.copyOf(workspaceLayers);
    roots = List.copyOf(roots);
    rootLayers = List.copyOf(rootLayers);
    pushed = List.copyOf(pushed);
  }

  /**
   * A root file system of the stage.
   *
   * @param image digest
   * @param writes id of the write layer; null once it is captured
   */
  record Root(String image, @Nullable String writes) {}

  void save(Path file) {
    var out = new JsonWriter().beginObject();
    texts(out, "workspaceLayers", workspaceLayers);
    out.field("workspaceWrites", workspaceWrites);
    out.name("roots").beginArray();
    for (Root root : roots) {
      out.beginObject().field("image", root.image()).field("writes", root.writes()).endObject();
    }
    out.endArray();
    texts(out, "rootLayers", rootLayers);
    texts(out, "pushed", pushed);
    out.endObject();
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.writeString(temporary, out.toString());
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw unusable("write", file, e);
    }
  }

  /** What was saved; empty when nothing was. */
  static Optional<StageRecord> load(Path file) {
    try {
      JsonObject in = JsonReader.read(Files.readString(file));
      return Optional.of(
          new StageRecord(
              in.strings("workspaceLayers"),
              in.stringOrNull("workspaceWrites"),
              in.objects("roots").stream()
                  .map(root -> new Root(root.string("image"), root.stringOrNull("writes")))
                  .toList(),
              in.strings("rootLayers"),
              in.strings("pushed")));
    } catch (NoSuchFileException ignored) {
      // Nothing was saved: the stage had not got that far.
      return Optional.empty();
    } catch (IOException | JsonException e) {
      throw unusable("read", file, e);
    }
  }

  private static void texts(JsonWriter out, String name, List<String> texts) {
    out.name(name).beginArray();
    texts.forEach(out::value);
    out.endArray();
  }

  private static AgentException unusable(String what, Path file, Exception cause) {
    return new AgentException(
        AgentErrorCode.WORKSPACE_UNUSABLE,
        "cannot %s '%s', which tells where the files of a stage are: %s. Check the disk under"
                .formatted(what, file, cause.getMessage())
            + " STEPBOX_HOME.",
        cause);
  }
}
