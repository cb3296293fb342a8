package dev.stepbox.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MachineSpecTest {
  private static final long MIB = 1L << 20;

  @Test
  void aGuestHasTheMemoryOfItsStepsAndOfItsKernel() {
    var spec = new MachineSpec(null, 100 * MIB + 1, NetworkMode.NONE);
    assertThat(spec.guestMemoryBytes()).isEqualTo(292 * MIB);
    assertThat(new MachineSpec(null, null, NetworkMode.NONE).guestMemoryBytes())
        .isEqualTo(2048 * MIB + 192 * MIB);
  }

  @Test
  void theMachineAsAWholeIsCappedALittleHigher() {
    Caps caps = new MachineSpec(1500, 100 * MIB, NetworkMode.BUILD).hostCaps();
    assertThat(caps).isEqualTo(new Caps(2000, 676 * MIB, 256, null));
    assertThat(new MachineSpec(null, null, NetworkMode.NONE).hostCaps().cpuMillis()).isNull();
  }

  @Test
  void aGuestHasWholeProcessorsUpToThoseOfTheHost() {
    assertThat(new MachineSpec(1, null, NetworkMode.NONE).processors(4)).isEqualTo(1);
    assertThat(new MachineSpec(1001, null, NetworkMode.NONE).processors(4)).isEqualTo(2);
    assertThat(new MachineSpec(9000, null, NetworkMode.NONE).processors(4)).isEqualTo(4);
    assertThat(new MachineSpec(null, null, NetworkMode.NONE).processors(96)).isEqualTo(64);
  }

  @Test
  void theNetworkOfTheHostIsRefused() {
    assertThatThrownBy(() -> new MachineSpec(null, null, NetworkMode.HOST))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("network: host");
  }
}
