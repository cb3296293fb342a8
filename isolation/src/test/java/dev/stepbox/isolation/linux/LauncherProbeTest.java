package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.host.Probe;
import dev.stepbox.isolation.host.Probe.Result;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LauncherProbeTest {
  private static final Duration MAX = Duration.ofSeconds(30);

  /** A line of 32 bytes, so often; a script plays the launcher. */
  private static List<Probe> probes(int bytes) throws InterruptedException {
    String line = "probe\\tname=abcdefghi\\tresult=yes\\n";
    return LauncherProbe.run(
        List.of("/bin/sh", "-c", "yes \"$(printf '" + line + "')\" | head -c " + bytes), MAX);
  }

  @Test
  void asMuchAsTheLimitIsReadOfWhatItSays() throws InterruptedException {
    int limit = LauncherProbe.OUTPUT_BYTES_MAX;
    assertThat(probes(limit)).hasSize(limit / 32);
    assertThat(probes(limit + 32)).hasSize(limit / 32);
  }

  @Test
  @Timeout(20)
  void probesThatHangAreEndedAndWhatTheySaidCounts() throws InterruptedException {
    assertThat(
            LauncherProbe.run(
                List.of(
                    "/bin/sh",
                    "-c",
                    "printf 'probe\\tname=first\\tresult=yes\\n'; tail -f /dev/null; true"),
                Duration.ofMillis(300)))
        .extracting(Probe::name)
        .containsExactly("first");
  }

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
