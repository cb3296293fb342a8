package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CapsTest {
  private static final long GIBIBYTE = 1L << 30;

  @Test
  void aStepMayHaveAFileForEach16KibibytesOfItsDiskCapAndAlways65536() {
    assertThat(disk(10 * GIBIBYTE).diskFiles()).isEqualTo(655_360);
    assertThat(disk(GIBIBYTE + 2 * Caps.DISK_BYTES_PER_FILE - 1).diskFiles()).isEqualTo(65_537);
    assertThat(disk(GIBIBYTE).diskFiles()).isEqualTo(65_536);
    assertThat(disk(1).diskFiles()).isEqualTo(65_536);
  }

  @Test
  void withoutADiskCapThereMayBeAnyNumberOfFiles() {
    assertThat(Caps.none().diskFiles()).isNull();
  }

  private static Caps disk(long bytes) {
    return new Caps(null, null, null, bytes);
  }
}
