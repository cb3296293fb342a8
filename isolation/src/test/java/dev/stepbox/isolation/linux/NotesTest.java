package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotesTest {

  @TempDir private Path directory;

  @Test
  void halfALineOfAFullDiskDoesNotSpoilTheNextOne() throws IOException {
    Path file = directory.resolve("notes");
    Notes.append(file, List.of("one", "a\tb"));
    Files.writeString(file, Files.readString(file) + "two\thal");
    Notes.append(file, List.of("three"));
    assertThat(Notes.read(file)).containsExactly(List.of("one", "a\tb"), List.of("three"));
  }

  @Test
  void aFileThatIsNotThereIsBegun() {
    Path file = directory.resolve("notes");
    Notes.append(file, List.of("one"));
    assertThat(Notes.read(file)).containsExactly(List.of("one"));
  }
}
