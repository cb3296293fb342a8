package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.KillReason;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.cgroup.CgroupFiles;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExitBodyTest {
  private static final CgroupFiles FILES =
      new CgroupFiles(Version.V1, new TreeMap<>(Map.of("memory", "memory")));

  @TempDir private Path directory;

  @Test
  void anExitCodeIsTakenFromTheStatus() {
    SandboxExit exit = decode(1, 3 << 8, 0).toExit(FILES);
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(3));
    assertThat(exit.report().startedNanos()).isEqualTo(1000);
    assertThat(exit.report().requestedNanos()).isEqualTo(400);
    assertThat(exit.report().endedNanos()).isEqualTo(5000);
    assertThat(exit.report().outputBytes()).isEqualTo(77);
    assertThat(exit.report().outputDroppedBytes()).isEqualTo(88);
    assertThat(exit.report().usage().memoryPeakBytes()).isEqualTo(4096);
    assertThat(exit.report().usage().cpu()).isEqualTo(Duration.ofNanos(30));
    assertThat(exit.report().usage().oomKills()).isEqualTo(1);
    assertThat(exit.report().usage().pidsRefused()).isEqualTo(2);
  }

  @Test
  void aSignalIsTakenFromTheStatus() {
    assertThat(decode(1, 11 | 0x80, 0).toExit(FILES))
        .isInstanceOfSatisfying(
            SandboxExit.Signaled.class, signaled -> assertThat(signaled.signal()).isEqualTo(11));
  }

  @Test
  void aReasonCountsMoreThanTheStatus() {
    assertReason(1, KillReason.TIMEOUT);
    assertReason(2, KillReason.DISK);
    assertReason(3, KillReason.OOM);
    assertReason(4, KillReason.PIDS);
    assertThat(decode(1, 9, 5).toExit(FILES)).isInstanceOf(SandboxExit.Cancelled.class);
    assertThat(decode(1, 9, 6).toExit(FILES)).isInstanceOf(SandboxExit.Lost.class);
  }

  private static void assertReason(int reason, KillReason expected) {
    assertThat(decode(1, 9, reason).toExit(FILES))
        .isInstanceOfSatisfying(
            SandboxExit.Killed.class, killed -> assertThat(killed.reason()).isEqualTo(expected));
  }

  @Test
  void withoutAnExecutionThereIsNoExitCode() {
    for (int outcome : new int[] {2, 3}) {
      assertThat(decode(outcome, 127, 0).toExit(FILES))
          .isInstanceOfSatisfying(
              SandboxExit.NotStarted.class,
              exit -> {
                assertThat(exit.operation()).isEqualTo("mount proc");
                assertThat(exit.errno()).isEqualTo(13);
              });
    }
  }

  @Test
  void withoutACgroupCountsAreUnknown() {
    assertThat(decode(1, 0, 0).toExit(CgroupFiles.none()).report().usage().oomKills()).isNull();
  }

  @Test
  void aRecordOnDiskIsRead() throws IOException {
    Path record = record(body(1, 0, 0));
    assertThat(ExitBody.read(record).orElseThrow().step()).isEqualTo("step");
  }

  @Test
  void aRecordThatIsNotWholeIsNoRecord() throws IOException {
    byte[] whole = Files.readAllBytes(record(body(1, 0, 0)));
    for (int length = 0; length < whole.length; length++) {
      Path cut = directory.resolve("cut");
      Files.write(cut, Arrays.copyOf(whole, length));
      assertThat(ExitBody.read(cut)).isEmpty();
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] flipped = whole.clone();
      flipped[i] ^= 1;
      Path damaged = directory.resolve("damaged");
      Files.write(damaged, flipped);
      assertThat(ExitBody.read(damaged)).isEmpty();
    }
    assertThat(ExitBody.read(directory.resolve("absent"))).isEmpty();
  }

  private Path record(byte[] body) throws IOException {
    CRC32C checksum = new CRC32C();
    checksum.update(body);
    ByteBuffer file =
        ByteBuffer.allocate(16 + body.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("STEPBOX1".getBytes(StandardCharsets.US_ASCII))
            .putInt(body.length)
            .put(body)
            .putInt((int) checksum.getValue());
    Path record = directory.resolve("exit");
    Files.write(record, file.array());
    return record;
  }

  private static ExitBody decode(int outcome, int status, int reason) {
    return ExitBody.decode(FrameReader.of(body(outcome, status, reason)));
  }

  private static byte[] body(int outcome, int status, int reason) {
    ByteBuffer frame = written(outcome, status, reason).frame(1, 1);
    byte[] body = new byte[frame.limit() - 12];
    frame.position(12).get(body);
    return body;
  }

  /** The body of an event, as a launcher writes it. */
  static FrameWriter written(int outcome, int status, int reason) {
    FrameWriter out = new FrameWriter().str("step").u32(outcome).u32(status).u32(reason).u32(0);
    out.u32(13).str("mount proc").str("permission denied");
    out.u64(1000).u64(1).u64(5000).u64(2).u64(600).u64(77).u64(88).u64(1).u64(2).u64(10).u64(20);
    out.u32(2).str("memory").str("memory.max_usage_in_bytes").u32(0).str("4096\n");
    return out.str("memory").str("memory.oom_control").u32(2).str("");
  }
}
