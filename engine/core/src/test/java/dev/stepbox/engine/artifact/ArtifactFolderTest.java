package dev.stepbox.engine.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with a copy is told with its own side. */
class ArtifactFolderTest {
  @TempDir private Path directory;
  private ArtifactFolder kept;

  @BeforeEach
  void keepAFile() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("artifacts"));
    Files.writeString(Files.createDirectory(folder.resolve("d")).resolve("f"), "one");
    kept = new ArtifactFolder(new BuildId(8), folder);
  }

  private void assertFails(String path, Path destination, ErrorCode code, String says) {
    assertThatThrownBy(() -> kept.export(path, destination))
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(says);
  }

  @Test
  void aPlaceThatCannotBeWrittenIsToldAsTheCallersOwn() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    Path below = file.resolve("copy");
    assertFails(
        "d/f",
        below,
        ErrorCode.DESTINATION_UNUSABLE,
        "cannot write '%s': a file is in the way. Name".formatted(below));
    Path full = Files.createDirectories(directory.resolve("there/f"));
    Files.writeString(full.resolve("mine"), "");
    assertFails(
        "d/f",
        directory.resolve("there"),
        ErrorCode.DESTINATION_UNUSABLE,
        "cannot write '%s': a directory is there, with files in it".formatted(full));
    assertThat(full.resolve("mine")).exists();
  }

  @Test
  void whereElseAFileMayBeIsTold() {
    assertFails(
        "d/g",
        directory,
        ErrorCode.UNKNOWN_ARTIFACT,
        "From the workspace of a stage: 'stepbox cp 8/STAGE:d/g .'.");
  }
}
