package dev.stepbox.agent.worker.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.TimeMark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFollowerTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000);

  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Long> offsets = new ArrayList<>();
  private final List<TimeMark> marks = new ArrayList<>();

  private Path file() {
    return directory.resolve("output");
  }

  private void append(String text) throws IOException {
    Files.writeString(file(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private OutputFollower follow(long offset, Masking masking) {
    return new OutputFollower(
        file(),
        offset,
        masking,
        InstantSource.fixed(NOW),
        (bytes, rawEnd, told) -> {
          out.writeBytes(bytes.toByteArray());
          offsets.add(rawEnd);
          marks.addAll(told);
        });
  }

  @Test
  void whatIsAppendedIsHandedOnOnce() throws Exception {
    try (OutputFollower follower = follow(0, Masking.NONE)) {
      assertThat(follower.drain()).isFalse();
      append("one\n");
      assertThat(follower.drain()).as("more is there").isFalse();
      assertThat(out.toString(UTF_8)).isEqualTo("one\n");
      assertThat(follower.drain()).isFalse();
      append("two\n");
      follower.finish();
    }
    assertThat(out.toString(UTF_8)).isEqualTo("one\ntwo\n");
    assertThat(offsets).containsExactly(4L, 8L);
  }

  @Test
  void aSecretThatIsWrittenInTwoPiecesIsMasked() throws Exception {
    Masking masking = Masking.of(List.of(new Secret("S", "hunter22")));
    try (OutputFollower follower = follow(0, masking)) {
      append("a hunt");
      assertThat(follower.drain()).isFalse();
      append("er22 b");
      follower.finish();
    }
    assertThat(out.toString(UTF_8)).isEqualTo("a **** b");
  }

  @Test
  void theBeginningOfASecretAtTheEndIsNotLost() throws Exception {
    Masking masking = Masking.of(List.of(new Secret("S", "hunter22")));
    append("a hunt");
    try (OutputFollower follower = follow(0, masking)) {
      follower.finish();
    }
    assertThat(out.toString(UTF_8)).isEqualTo("a hunt");
  }

  @Test
  void aFollowerGoesOnFromAnOffset() throws Exception {
    append("one\ntwo\nthree\n");
    try (OutputFollower follower = follow(4, Masking.NONE)) {
      follower.finish();
    }
    assertThat(out.toString(UTF_8)).isEqualTo("two\nthree\n");
    assertThat(offsets.getLast()).isEqualTo(14);
  }

  @Test
  void aStepWithoutAFileHasNoOutput() throws Exception {
    try (OutputFollower follower = follow(0, Masking.NONE)) {
      follower.finish();
      assertThat(follower.tail()).isEmpty();
    }
    assertThat(out.size()).isZero();
  }

  @Test
  void theTailIsTheLastLines() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      append("line %d%n".formatted(i));
    }
    try (OutputFollower follower = follow(0, Masking.NONE)) {
      follower.finish();
      assertThat(follower.tail()).hasSize(TailLines.LINES).startsWith("line 9980");
      assertThat(follower.tail().getLast()).isEqualTo("line 9999");
    }
  }

  @Test
  void theTailOfOneEndlessLineIsItsEnd() throws Exception {
    append("x".repeat(3_000_000) + "end");
    try (OutputFollower follower = follow(0, Masking.NONE)) {
      follower.finish();
      assertThat(follower.tail()).hasSize(1);
      assertThat(follower.tail().getFirst()).endsWith("xend").hasSize(TailLines.BYTES);
    }
  }

  private void note(long offset, long seconds, int length) throws IOException {
    byte[] entry =
        ByteBuffer.allocate(20)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(offset)
            .putLong(seconds * 1_000_000_000)
            .putInt(length)
            .array();
    Files.write(
        directory.resolve("output.index"),
        entry,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  @Test
  void timesAreThoseOfTheSupervisorAndElseOfTheReader() throws Exception {
    append("one\ntwo hunter22 two\nthree\n");
    note(0, 10, 4);
    note(4, 20, 17);
    Masking masking = Masking.of(List.of(new Secret("S", "hunter22")));
    try (OutputFollower follower = follow(0, masking)) {
      follower.finish();
    }
    assertThat(out.toString(UTF_8)).isEqualTo("one\ntwo **** two\nthree\n");
    assertThat(marks)
        .containsExactly(
            new TimeMark(0, Instant.ofEpochSecond(10)),
            new TimeMark(4, Instant.ofEpochSecond(20)),
            new TimeMark("one\ntwo **** two\n".length(), NOW));
  }

  /** Who follows has a deadline to look at, however fast a step writes. */
  @Test
  void aFloodIsHandedOnInPiecesOfALimitedSize() throws Exception {
    append("x".repeat(OutputFollower.DRAIN_BYTES + 1));
    try (OutputFollower follower = follow(0, Masking.NONE)) {
      assertThat(follower.drain()).as("more is there").isTrue();
      assertThat(out.size()).isEqualTo(OutputFollower.DRAIN_BYTES);
      append("y".repeat(OutputFollower.DRAIN_BYTES));
      follower.finish();
      assertThat(out.size()).isEqualTo(2 * OutputFollower.DRAIN_BYTES + 1);
    }
  }
}
