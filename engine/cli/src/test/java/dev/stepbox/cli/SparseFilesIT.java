package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files that are almost nothing but holes cost what they have on disk. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SparseFilesIT {
  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void hugeFilesOfHolesAreComparedWhenBranchesAreMerged() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        options: {timeout: 60s}
        stages:
          - stage: Both
            parallel:
              - stage: One
                steps:
                  - sh: truncate -s 4T same; echo one > one
              - stage: Other
                steps:
                  - sh: truncate -s 4T same; echo other > other
          - stage: After
            steps:
              - sh: stat -c %s same; cat one other
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("After ▸ 4398046511104");
  }

  @Test
  void theDiskCapCountsWhatIsArchivedAndNotItsHoles() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Archive
            caps: {disk: 64MiB}
            steps:
              - sh: truncate -s 3G big; head -c 40M /dev/urandom > noise
              - archive: big
              - archive: noise
              - stash: {name: again, includes: noise}
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out()).contains("takes more than 67108864 bytes, its disk cap");
    assertThat(stepbox.call("show", "1").out()).contains("big", "noise");
  }
}
