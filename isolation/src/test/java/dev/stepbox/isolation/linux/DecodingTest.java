package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the launcher sends is never trusted: whatever bytes come, the answer is one exception. */
class DecodingTest {
  private static final long SEED = 20261123;
  private static final int ROUNDS = 20_000;

  @Test
  void whatWasWrittenIsRead() {
    ByteBuffer frame =
        new FrameWriter()
            .u8(250)
            .u32(4_000_000_000L)
            .u64(1L << 40)
            .str("tür")
            .raw("\u00ff\u0001")
            .strings(List.of("a", ""))
            .frame(7, 9);
    assertThat(frame.getInt()).isEqualTo(frame.limit() - 4);
    assertThat(frame.getShort()).isEqualTo((short) 7);
    assertThat(frame.getShort()).isZero();
    assertThat(frame.getInt()).isEqualTo(9);
    FrameReader in = new FrameReader(frame);
    assertThat(in.u8()).isEqualTo(250);
    assertThat(in.u32()).isEqualTo(4_000_000_000L);
    assertThat(in.u64()).isEqualTo(1L << 40);
    assertThat(in.str()).isEqualTo("tür");
    assertThat(in.raw()).isEqualTo("\u00ff\u0001");
    assertThat(in.list(4, FrameReader::str)).containsExactly("a", "");
    assertThat(in.hasMore()).isFalse();
  }

  @Test
  void aBodyLargerThanItsBeginningIsWritten() {
    String text = "x".repeat(100_000);
    FrameReader in = new FrameReader(new FrameWriter().str(text).frame(1, 1).position(12).slice());
    assertThat(in.str()).isEqualTo(text);
  }

  @Test
  void aRequestOverTheLimitIsRefusedBeforeItIsSent() {
    FrameWriter largest = new FrameWriter().bytes(new byte[Wire.FRAME_MAX - 12]);
    assertThat(largest.frame(1, 1).limit()).isEqualTo(Wire.FRAME_MAX + 4);
    FrameWriter tooLarge = new FrameWriter().bytes(new byte[Wire.FRAME_MAX - 11]);
    assertThatThrownBy(() -> tooLarge.frame(1, 1))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("1048576");
  }

  @Test
  void aCountThatCannotBeIsRefusedBeforeMemoryIsTaken() {
    FrameReader in = FrameReader.of(new byte[] {-1, -1, -1, 127, 0, 0});
    assertThatThrownBy(() -> in.list(4, FrameReader::str))
        .isInstanceOfSatisfying(SandboxException.class, DecodingTest::assertProtocol);
  }

  @Test
  void aLengthThatCannotBeIsRefusedBeforeMemoryIsTaken() {
    FrameReader in = FrameReader.of(new byte[] {-1, -1, -1, -1, 0, 0});
    assertThatThrownBy(in::bytes)
        .isInstanceOfSatisfying(SandboxException.class, DecodingTest::assertProtocol);
  }

  @Test
  void anyBytesAsAnEndOfAStep() {
    fuzz(in -> ExitBody.decode(in));
  }

  @Test
  void anyBytesAsARefusal() {
    fuzz(in -> Refusal.decode(in));
  }

  @Test
  void anyBytesAsEntriesOfATree() {
    fuzz(in -> in.list(LinuxTrees.ENTRY_BYTES_MIN, LinuxTrees::entry));
  }

  private static void fuzz(Consumer<FrameReader> decoder) {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      // Mostly small numbers, as in real messages, so that lengths and counts get somewhere.
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = random.nextInt(4) == 0 ? bytes[i] : (byte) random.nextInt(3);
      }
      try {
        decoder.accept(FrameReader.of(bytes));
      } catch (SandboxException e) {
        assertProtocol(e);
      } catch (RuntimeException e) {
        fail("round " + round + " of seed " + SEED, e);
      }
    }
  }

  private static void assertProtocol(SandboxException e) {
    assertThat(e.code()).isEqualTo(SandboxErrorCode.PROTOCOL);
  }
}
