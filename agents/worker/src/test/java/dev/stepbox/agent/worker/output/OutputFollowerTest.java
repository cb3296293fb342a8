package dev.stepbox.agent.worker.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFollowerTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Long> offsets = new ArrayList<>();

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
        (bytes, rawEnd) -> {
          out.writeBytes(bytes.toByteArray());
          offsets.add(rawEnd);
        });
  }

  @Test
  void whatIsAppendedIsHandedOnOnce() throws Exception {
    try (OutputFollower follower = follow(0, Masking.NONE)) {
      assertThat(follower.drain()).isFalse();
      append("one\n");
      assertThat(follower.drain()).isTrue();
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
      assertThat(follower.drain()).isTrue();
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
}
