package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.host.Probe;
import dev.stepbox.isolation.host.Probe.Result;
import org.junit.jupiter.api.Test;

class LauncherProbeTest {
  @Test
  void linesBecomeProbesAndOthersAreLeftOut() {
    assertThat(
            LauncherProbe.parse(
                """
                probe\tname=mount\tresult=yes\terrno=0\terror=0\ttext=
                chatter
                probe\tname=tun\tresult=no\terrno=13\terror=EACCES\ttext=permission denied
                probe\tname=overlay\tresult=skipped\terrno=0\terror=0\ttext=
                """))
        .containsExactly(
            new Probe("mount", Result.YES, "0", ""),
            new Probe("tun", Result.NO, "EACCES", "permission denied"),
            new Probe("overlay", Result.SKIPPED, "0", ""));
  }
}
