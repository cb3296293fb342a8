package dev.stepbox.agent.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
  @TempDir private Path directory;

  @Test
  void aFileHasItsHolesAndItsSize() throws Exception {
    Path path = Files.createFile(directory.resolve("file"));
    try (SparseFile file = new SparseFile(path, new KeptBytes(3L), () -> false)) {
      assertThat(file.write(2, new byte[] {'a', 'b', 'c'}, 2)).isTrue();
      assertThat(file.write(5, new byte[] {'d'}, 1)).isTrue();
      file.end(7);
    }
    assertThat(path).hasBinaryContent(new byte[] {0, 0, 'a', 'b', 0, 'd', 0});
  }

  @Test
  void oneByteMoreThanMayBeKeptIsNotWritten() throws Exception {
    Path path = Files.createFile(directory.resolve("file"));
    try (SparseFile file = new SparseFile(path, new KeptBytes(3L), () -> false)) {
      assertThat(file.write(0, new byte[3], 3)).isTrue();
      assertThat(file.write(3, new byte[1], 1)).isFalse();
      assertThat(file.state()).isEqualTo(SparseFile.State.FULL);
    }
    assertThat(path).hasSize(3);
  }

  @Test
  void aFileIsStoppedBetweenTwoPieces() throws Exception {
    Path path = Files.createFile(directory.resolve("file"));
    boolean[] isToStop = {false};
    try (SparseFile file = new SparseFile(path, new KeptBytes(null), () -> isToStop[0])) {
      assertThat(file.write(0, new byte[3], 3)).isTrue();
      isToStop[0] = true;
      assertThat(file.write(3, new byte[3], 3)).isFalse();
      assertThat(file.state()).isEqualTo(SparseFile.State.STOPPED);
    }
    assertThat(path).hasSize(3);
  }
}
