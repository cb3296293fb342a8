package dev.stepbox.engine.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.agent.protocol.TimeMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class StepLogsTest {

  private static final AttemptId ATTEMPT = new AttemptId("1", "1-build", 1);
  private static final Instant BEGIN = Instant.parse("2026-11-23T10:00:00Z");

  @TempDir private Path directory;

  private static StepOutput output(String text, long rawEnd, TimeMark... marks) {
    return new StepOutput(ATTEMPT, 0, Bytes.utf8(text), rawEnd, List.of(marks));
  }

  private static TimeMark mark(int offset, int seconds) {
    return new TimeMark(offset, BEGIN.plusSeconds(seconds));
  }

  private String stored() throws IOException {
    return Files.readString(directory.resolve("1-build/0.log"));
  }

  @Test
  void outputIsStoredAsItComes() throws IOException {
    try (var logs = new StepLogs(directory)) {
      logs.append(output("hello ", 6));
      assertThat(stored()).isEqualTo("hello ");
      logs.append(output("world\n", 14));
      assertThat(logs.rawOffset("1-build", 0)).isEqualTo(14);
      assertThat(logs.finish("1-build", 0)).isEqualTo(12);
    }
    assertThat(stored()).isEqualTo("hello world\n");
  }

  @Test
  void aStepThatPrintsNothingHasNoFile() throws IOException {
    try (var logs = new StepLogs(directory.resolve("logs"))) {
      assertThat(logs.finish("1-build", 0)).isZero();
      assertThat(logs.rawOffset("1-build", 0)).isZero();
      StepLog log = logs.read("1-build", 0, BEGIN);
      assertThat(log.size()).isZero();
      assertThat(log.open(0).readAllBytes()).isEmpty();
      assertThat(log.tail(5)).isZero();
    }
    assertThat(directory.resolve("logs")).doesNotExist();
  }

  @Test
  void afterADeathAnywhereNothingIsLostOrDoubled() throws IOException {
    var pieces =
        List.of(
            output("one\n", 4, mark(0, 1)), output("****\n", 15, mark(0, 2)), output("3\n", 17));
    Path text = directory.resolve("1-build/0.log");
    Path index = directory.resolve("1-build/0.idx");
    try (var logs = new StepLogs(directory)) {
      pieces.forEach(logs::append);
    }
    byte[] wholeText = Files.readAllBytes(text);
    byte[] wholeIndex = Files.readAllBytes(index);
    for (int t = 0; t <= wholeText.length; t++) {
      for (int i = 0; i <= wholeIndex.length; i += 4) {
        Files.write(text, java.util.Arrays.copyOf(wholeText, t));
        Files.write(index, java.util.Arrays.copyOf(wholeIndex, i));
        try (var logs = new StepLogs(directory)) {
          long known = logs.rawOffset("1-build", 0);
          pieces.stream().filter(piece -> piece.rawEndOffset() > known).forEach(logs::append);
        }
        assertThat(stored()).isEqualTo("one\n****\n3\n");
        assertThat(Files.readAllBytes(index)).isEqualTo(wholeIndex);
      }
    }
  }

  @Test
  void theEndsTellTheSizeOfAnUnfinishedLog() throws IOException {
    try (var logs = new StepLogs(directory)) {
      logs.append(output("one\n", 4));
    }
    Files.writeString(directory.resolve("1-build/0.log"), "half", StandardOpenOption.APPEND);
    try (var logs = new StepLogs(directory)) {
      assertThat(logs.finish("1-build", 0)).isEqualTo(4);
    }
    assertThat(stored()).isEqualTo("one\n");
  }

  @Test
  void everyByteHasTheTimeOfTheMarkBeforeIt() throws IOException {
    try (var logs = new StepLogs(directory)) {
      logs.append(output("abcdef", 6, mark(0, 1), mark(2, 2), mark(4, 2)));
      StepLog log = logs.read("1-build", 0, BEGIN);
      assertThat(seconds(log, 6)).containsExactly(1, 1, 2, 2, 2, 2);
      logs.append(output("gh", 8));
      logs.append(output("ij", 10, mark(0, 3), mark(1, 9)));
      assertThat(seconds(log, 10)).containsExactly(1, 1, 2, 2, 2, 2, 2, 2, 3, 9);
    }
  }

  private static List<Integer> seconds(StepLog log, int size) throws IOException {
    var seconds = new java.util.ArrayList<Integer>();
    for (int at = 0; at < size; at++) {
      seconds.add(Math.toIntExact(Duration.between(BEGIN, log.timeAt(at)).toSeconds()));
    }
    return seconds;
  }

  @Test
  void theTailBeginsAtALine() throws IOException {
    String lines = "first\n" + "x".repeat(70_000) + "\n\nlast";
    try (var logs = new StepLogs(directory)) {
      logs.append(output(lines, lines.length()));
      StepLog log = logs.read("1-build", 0, BEGIN);
      assertThat(from(log, 1)).isEqualTo("last");
      assertThat(from(log, 2)).isEqualTo("\nlast");
      assertThat(from(log, 3)).hasSize(70_000 + 6);
      assertThat(from(log, 4)).isEqualTo(lines);
      assertThat(from(log, 99)).isEqualTo(lines);
      logs.append(output("\n", lines.length() + 1));
      assertThat(from(log, 1)).isEqualTo("last\n");
      assertThatThrownBy(() -> log.open(lines.length() + 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static String from(StepLog log, int lines) throws IOException {
    return new String(log.open(log.tail(lines)).readAllBytes(), UTF_8);
  }

  @Test
  void muchOutputNeedsLittleIndex() throws IOException {
    byte[] chunk = new byte[StepOutput.MAX_BYTES];
    long total = 64L * chunk.length;
    try (var logs = new StepLogs(directory)) {
      for (long end = chunk.length; end <= total; end += chunk.length) {
        logs.append(new StepOutput(ATTEMPT, 0, Bytes.owning(chunk), end, List.of(mark(0, 1))));
      }
      assertThat(logs.finish("1-build", 0)).isEqualTo(total);
    }
    try (FileChannel index = FileChannel.open(directory.resolve("1-build/0.idx"))) {
      assertThat(index.size()).isEqualTo(65L * LogFiles.RECORD_BYTES);
    }
  }

  /** Each line asks for its time, also of a log that is one great stretch without another time. */
  @Test
  @Timeout(20)
  void timesOfALargeLogAreReadOnce() throws IOException {
    int records = 400_000;
    Path index = Files.createDirectories(directory.resolve("1-build")).resolve("0.idx");
    ByteBuffer content = ByteBuffer.allocate(records * LogFiles.RECORD_BYTES);
    for (int i = 0; i < records; i++) {
      content.putLong(i).putLong(LogFiles.TIME).putLong(i);
    }
    Files.write(index, content.array());
    try (var logs = new StepLogs(directory)) {
      StepLog log = logs.read("1-build", 0, BEGIN);
      for (int line = 0; line < 5_000; line++) {
        assertThat(log.timeAt(records + line))
            .isEqualTo(Instant.EPOCH.plus(records - 1, ChronoUnit.MICROS));
      }
      Files.write(
          index,
          ByteBuffer.allocate(LogFiles.RECORD_BYTES)
              .putLong(records + 10)
              .putLong(LogFiles.TIME)
              .putLong(7)
              .array(),
          StandardOpenOption.APPEND);
      assertThat(log.timeAt(records + 9))
          .isEqualTo(Instant.EPOCH.plus(records - 1, ChronoUnit.MICROS));
      assertThat(log.timeAt(records + 10)).isEqualTo(Instant.EPOCH.plus(7, ChronoUnit.MICROS));
    }
  }
}
