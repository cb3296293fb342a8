package dev.stepbox.isolation.linux;

import static dev.stepbox.isolation.linux.TestStore.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.BindMount;
import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.Eventually;
import dev.stepbox.isolation.KillReason;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A step that takes more than it may is ended or held back, and its neighbour does not notice. On
 * whichever cgroups this machine has; a virtual machine adds the other version.
 */
@Tag("cgroup")
@ExtendWith(Invariants.class)
class CapsIT {
  private static final long MEBIBYTE = 1L << 20;

  @RegisterExtension private final TestStore store = new TestStore();
  private OpenBuild build;
  private RunningSandbox neighbour;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    build = store.open(store.request().caps(EnumSet.allOf(Cap.class)).build());
    neighbour =
        build.start(shell("neighbour", "while [ ! -e /workspace/stop ]; do sleep 0.05; done"));
  }

  @AfterEach
  void theNeighbourIsUnaffected() throws IOException, InterruptedException {
    try {
      assertThat(build.run(shell("stopper", "touch /workspace/stop")))
          .isInstanceOfSatisfying(
              SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
      assertThat(neighbour.await())
          .isInstanceOfSatisfying(
              SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
    } finally {
      build.close();
    }
  }

  @Test
  void aMemoryBombIsKilled() throws InterruptedException {
    SandboxExit exit = build.run(shell("bomb", "tail /dev/zero").caps(memory(32 * MEBIBYTE)));
    assertKilled(exit, KillReason.OOM);
    Usage usage = exit.report().usage();
    assertThat(usage.oomKills()).isPositive();
    assertThat(usage.memoryPeakBytes()).isBetween(16 * MEBIBYTE, 32 * MEBIBYTE);
  }

  @Test
  void aMemoryBombBehindAPipeTakesTheWholeStepWithIt() throws InterruptedException {
    SandboxExit exit =
        build.run(shell("bomb", "tail /dev/zero | cat; sleep 60").caps(memory(32 * MEBIBYTE)));
    assertKilled(exit, KillReason.OOM);
    assertThat(exit.report().endedNanos() - exit.report().startedNanos())
        .isLessThan(Duration.ofSeconds(30).toNanos());
  }

  @Test
  void filesInMemoryCountAsMemory() throws InterruptedException {
    SandboxExit exit =
        build.run(shell("fill", "cat /dev/zero > /dev/shm/x").caps(memory(32 * MEBIBYTE)));
    assertKilled(exit, KillReason.OOM);
  }

  @Test
  void theTemporaryDirectoryIsFullBeforeMemoryIs() throws IOException, InterruptedException {
    RunningSandbox step =
        build.start(shell("fill", "cat /dev/zero > /tmp/x").caps(memory(32 * MEBIBYTE)));
    assertThat(step.await()).isInstanceOf(SandboxExit.Exited.class);
    assertThat(Files.readString(step.output())).contains("No space left");
  }

  @Test
  void aForkBombIsToldAsSuch() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("bomb", "bomb() { bomb | bomb & }; while :; do bomb; done")
                .caps(new Caps(1000, null, 20, null))
                .timeout(Duration.ofSeconds(30)));
    assertKilled(exit, KillReason.PIDS);
    assertThat(exit.report().usage().pidsRefused()).isPositive();
    assertThat(exit.report().usage().pidsPeak()).isBetween(10L, 20L);
  }

  @Test
  void aStepWithinItsCapsEndsByItself() throws InterruptedException {
    SandboxExit exit =
        build.run(shell("good", "true").caps(new Caps(1000, 64 * MEBIBYTE, 16, 64 * MEBIBYTE)));
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
    assertThat(exit.report().usage().oomKills()).isZero();
    assertThat(exit.report().usage().pidsPeak()).isBetween(1L, 2L);
  }

  @Test
  void asManyProcessesAsAllowedCanRun() throws InterruptedException {
    // The shell and three others.
    String script = "sleep 2 & sleep 2 & sleep 2 & wait";
    assertThat(build.run(shell("four", script).caps(new Caps(null, null, 4, null))))
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
    SandboxExit exit = build.run(shell("three", script).caps(new Caps(null, null, 3, null)));
    assertKilled(exit, KillReason.PIDS);
  }

  @Test
  void anEndlessStepIsEndedAndWasHeldBack() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("endless", "while :; do :; done")
                .caps(new Caps(50, null, null, null))
                .timeout(Duration.ofSeconds(2)));
    assertKilled(exit, KillReason.TIMEOUT);
    Usage usage = exit.report().usage();
    assertThat(usage.cpu()).isBetween(Duration.ofMillis(10), Duration.ofMillis(500));
    assertThat(usage.throttled()).isPositive();
  }

  @Test
  void aStepThatIgnoresTermIsKilledAfterTheGrace() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("stubborn", "trap '' TERM; while :; do sleep 0.05; done")
                .timeout(Duration.ofMillis(200))
                .grace(Duration.ofMillis(300)));
    assertKilled(exit, KillReason.TIMEOUT);
    long nanos = exit.report().endedNanos() - exit.report().startedNanos();
    assertThat(Duration.ofNanos(nanos)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(20));
  }

  @Test
  void aStepThatObeysTermEndsWithinTheGrace() throws IOException, InterruptedException {
    RunningSandbox step =
        build.start(
            shell("polite", "trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done")
                .timeout(Duration.ofMillis(300))
                .grace(Duration.ofSeconds(30)));
    assertKilled(step.await(), KillReason.TIMEOUT);
    assertThat(Files.readString(step.output())).endsWith("bye\n");
  }

  @Test
  void aDiskFillerIsKilled() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("filler", "cat /dev/zero > /workspace/x")
                .caps(new Caps(null, null, null, 16 * MEBIBYTE))
                .timeout(Duration.ofSeconds(30)));
    assertKilled(exit, KillReason.DISK);
  }

  @Test
  void aStepThatFillsTheDiskBeforeAnybodyLooksIsToldAsSuch() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("filler", "fallocate -l 64M /workspace/x")
                .caps(new Caps(null, null, null, 16 * MEBIBYTE)));
    assertKilled(exit, KillReason.DISK);
  }

  @Test
  void aStepThatMakesFilesWithoutEndIsKilled() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("endless", files("x", Integer.MAX_VALUE))
                .caps(files(2000))
                .timeout(Duration.ofSeconds(30)));
    assertKilled(exit, KillReason.DISK);
  }

  @Test
  void asManyFilesAsTheCapSaysMayBeMadeAndNotOneMore() throws IOException, InterruptedException {
    long cap = filesWritten() + 100;
    SandboxExit all = build.run(shell("all", files("a", 100)).caps(files(cap)));
    assertThat(all)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
    assertThat(filesWritten()).isEqualTo(cap);
    assertKilled(build.run(shell("more", files("b", 1)).caps(files(cap))), KillReason.DISK);
  }

  @Test
  void whatACacheGrowsByCountsAsDisk() throws IOException, InterruptedException {
    BindMount cache =
        new BindMount(store.directory("cache"), "/root/cache", BindMount.Access.READ_WRITE);
    build.sandbox().trees().adopt(cache.source());
    Caps caps = new Caps(null, null, null, 16 * MEBIBYTE);
    assertThat(build.run(shell("before", "fallocate -l 64M /root/cache/x").mounts(List.of(cache))))
        .isInstanceOf(SandboxExit.Exited.class);
    assertThat(build.run(shell("use", "cat /root/cache/x").mounts(List.of(cache)).caps(caps)))
        .isInstanceOf(SandboxExit.Exited.class);
    assertKilled(
        build.run(
            shell("fill", "fallocate -l 64M /root/cache/y").mounts(List.of(cache)).caps(caps)),
        KillReason.DISK);
  }

  @Test
  void writingOutsideOfTheWorkspaceCountsAsDisk() throws InterruptedException {
    SandboxExit exit =
        build.run(
            shell("filler", "cat /dev/zero > /usr/x")
                .caps(new Caps(null, null, null, 16 * MEBIBYTE))
                .timeout(Duration.ofSeconds(30)));
    assertKilled(exit, KillReason.DISK);
  }

  @Test
  void usageIsToldWhileTheStepRuns() throws InterruptedException {
    RunningSandbox step = build.start(shell("busy", "while :; do :; done"));
    Eventually.holds(
        "cpu time is counted",
        () -> assertThat(step.usage().cpu()).isGreaterThan(Duration.ofMillis(50)));
    assertThat(step.usage().pidsPeak()).isPositive();
    step.kill();
    step.await();
  }

  /** In the write layers, these directories included. */
  private long filesWritten() throws IOException, InterruptedException {
    long files = 0;
    try (Stream<Path> parts = Files.list(store.path().resolve("build"))) {
      for (Path upper : parts.map(part -> part.resolve("upper")).filter(Files::exists).toList()) {
        files += build.sandbox().trees().measure(upper).entries();
      }
    }
    return files;
  }

  /** Makes empty files; nothing but the shell is executed. */
  private static String files(String name, int count) {
    return "cd /workspace; i=0; while [ $i -lt %d ]; do : > %s$i; i=$((i + 1)); done"
        .formatted(count, name);
  }

  private static Caps files(long count) {
    return new Caps(null, null, null, null, count);
  }

  private static Caps memory(long bytes) {
    return new Caps(null, bytes, null, null);
  }

  private static void assertKilled(SandboxExit exit, KillReason reason) {
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Killed.class, killed -> assertThat(killed.reason()).isEqualTo(reason));
  }
}
