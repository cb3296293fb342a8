package dev.stepbox.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.OutputTimes.Note;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTimesTest {
  @TempDir Path directory;

  private void append(Note note, int bytes) throws IOException {
    byte[] entry =
        ByteBuffer.allocate(20)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(note.offset())
            .putLong(note.realNanos())
            .putInt((int) note.length())
            .array();
    Files.write(
        directory.resolve("output.index"),
        Arrays.copyOf(entry, bytes),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  @Test
  void aStepWithoutNotesHasNoTimes() {
    try (OutputTimes times = OutputTimes.beside(directory.resolve("output"))) {
      assertThat(times.of(0, 100)).isEmpty();
    }
  }

  @Test
  void aRangeGetsTheNotesThatTouchIt() throws IOException {
    Note one = new Note(0, 1000, 10);
    Note two = new Note(10, 2000, 10);
    Note three = new Note(20, 3000, 10);
    append(one, 20);
    append(two, 20);
    try (OutputTimes times = OutputTimes.beside(directory.resolve("output"))) {
      assertThat(times.of(0, 5)).containsExactly(one);
      assertThat(times.of(5, 12)).containsExactly(one, two);
      append(three, 20);
      assertThat(times.of(12, 100)).containsExactly(two, three);
      assertThat(times.of(100, 200)).isEmpty();
    }
  }

  @Test
  void aNoteThatIsHalfWrittenIsReadWhenItIsWhole() throws IOException {
    Note one = new Note(0, 1000, 10);
    try (OutputTimes times = OutputTimes.beside(directory.resolve("output"))) {
      append(one, 12);
      assertThat(times.of(0, 10)).isEmpty();
      Files.delete(directory.resolve("output.index"));
      append(one, 20);
    }
    try (OutputTimes times = OutputTimes.beside(directory.resolve("output"))) {
      assertThat(times.of(0, 10)).containsExactly(one);
    }
  }
}
