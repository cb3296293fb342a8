package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.KillReason;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Caps on whichever cgroups this machine has; a virtual machine adds the other version. */
@Tag("cgroup")
@ExtendWith(Invariants.class)
class CapsIT {
  private static final long MEBIBYTE = 1L << 20;

  @RegisterExtension private final TestStore store = new TestStore();

  private BuildSandbox build;
  private StageRoot root;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    build = store.sandboxes().open(store.request().caps(EnumSet.allOf(Cap.class)).build());
    root = build.mountRoot(store.hostRoot("build"));
  }

  @AfterEach
  void close() {
    build.close();
  }

  @Test
  void aMemoryBombIsKilledAndItsNeighbourIsNot() throws InterruptedException {
    RunningSandbox neighbour =
        build.start(root, TestStore.shell("beside", "exec sleep 60").build());
    Caps caps = new Caps(null, 32 * MEBIBYTE, null, null);
    SandboxExit exit = run(TestStore.shell("bomb", "head -c 1G /dev/zero | tail -n 1").caps(caps));
    assertKilled(exit, KillReason.OOM);
    assertThat(usage(exit).oomKills()).isPositive();
    assertThat(usage(exit).memoryPeakBytes()).isBetween(MEBIBYTE, 32 * MEBIBYTE);
    assertThat(neighbour.await(Duration.ZERO)).isFalse();
  }

  @Test
  void aForkBombIsRefusedItsProcesses() throws InterruptedException {
    String bomb = "i=0; while [ $i -lt 30 ]; do sleep 60 & i=$((i+1)); done; wait";
    SandboxExit exit =
        run(TestStore.shell("bomb", bomb).caps(new Caps(null, null, 8, null)).timeout(seconds(60)));
    assertKilled(exit, KillReason.PIDS);
    assertThat(usage(exit).pidsRefused()).isPositive();
    assertThat(usage(exit).pidsPeak()).isEqualTo(8);
  }

  @Test
  void anEndlessStepIsHeldBackAndTimesOut() throws InterruptedException {
    SandboxExit exit =
        run(
            TestStore.shell("endless", "while :; do :; done")
                .caps(new Caps(200, null, null, null))
                .timeout(seconds(2)));
    assertKilled(exit, KillReason.TIMEOUT);
    assertThat(usage(exit).throttled()).isPositive();
    assertThat(usage(exit).cpu()).isBetween(Duration.ofMillis(50), seconds(1));
  }

  @Test
  void aStepWithinItsCapsEndsByItself() throws InterruptedException {
    SandboxExit exit =
        run(TestStore.shell("good", "true").caps(new Caps(1000, 64 * MEBIBYTE, 16, null)));
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
    assertThat(usage(exit).oomKills()).isZero();
    assertThat(usage(exit).pidsPeak()).isBetween(1L, 2L);
  }

  private SandboxExit run(SandboxSpec.Builder step) throws InterruptedException {
    return build.start(root, step.build()).await();
  }

  private static void assertKilled(SandboxExit exit, KillReason reason) {
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Killed.class, killed -> assertThat(killed.reason()).isEqualTo(reason));
  }

  private static Usage usage(SandboxExit exit) {
    return exit.report().usage();
  }

  private static Duration seconds(int count) {
    return Duration.ofSeconds(count);
  }
}
