package dev.stepbox.isolation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.Usage;
import dev.stepbox.isolation.cgroup.CgroupFiles.FileName;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import dev.stepbox.isolation.cgroup.CgroupFiles.Write;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CgroupFilesTest {
  private static final Caps ALL = new Caps(1500, 64L << 20, 10, 1L << 30);

  private static final CgroupFiles V1 =
      new CgroupFiles(
          Version.V1,
          new TreeMap<>(
              Map.of(
                  "cpu", "cpu", "cpuacct", "cpu", "memory", "memory", "swap", "memory", "pids",
                  "pids", "blkio", "blkio")));

  private static final CgroupFiles V2 =
      new CgroupFiles(
          Version.V2,
          new TreeMap<>(
              Map.of(
                  "cpu", "unified", "memory", "unified", "swap", "unified", "pids", "unified", "io",
                  "unified")));

  private static final String BLOCK_DEVICES =
      """
      254:0 Read 4096
      254:0 Write 512
      254:0 Total 4608
      8:0 Read 1
      Total 4609
      """;

  @Test
  void capsBecomeFilesOfVersion1() {
    assertThat(V1.writes(ALL))
        .containsExactly(
            new Write("cpu", "cpu.cfs_period_us", "100000"),
            new Write("cpu", "cpu.cfs_quota_us", "150000"),
            new Write("memory", "memory.limit_in_bytes", "67108864"),
            new Write("memory", "memory.memsw.limit_in_bytes", "67108864"),
            new Write("pids", "pids.max", "11"));
  }

  @Test
  void capsBecomeFilesOfVersion2() {
    assertThat(V2.writes(ALL))
        .containsExactly(
            new Write("unified", "cpu.max", "150000 100000"),
            new Write("unified", "memory.max", "67108864"),
            new Write("unified", "memory.swap.max", "0"),
            new Write("unified", "memory.oom.group", "1"),
            new Write("unified", "pids.max", "11"));
  }

  @Test
  void whereNothingIsMountedTheLauncherIsToldWhatToWatch() {
    assertThat(CgroupFiles.watch().writes(ALL))
        .containsExactly(
            new Write("watch", "memory", "67108864"), new Write("watch", "pids", "10"));
    assertThat(CgroupFiles.watch().reads()).isEmpty();
    assertThat(CgroupFiles.watch().forgetsSwap()).isFalse();
  }

  @Test
  void withoutAnAccountOfSwapTheOtherCapsHold() {
    for (CgroupFiles files : List.of(V1, V2)) {
      SortedMap<String, String> hierarchies = new TreeMap<>(files.hierarchies());
      hierarchies.remove("swap");
      CgroupFiles without = new CgroupFiles(files.version(), hierarchies);
      assertThat(files.forgetsSwap()).isFalse();
      assertThat(without.forgetsSwap()).isTrue();
      assertThat(files.writes(ALL)).containsAll(without.writes(ALL));
      assertThat(files.writes(ALL)).hasSize(without.writes(ALL).size() + 1);
    }
  }

  @Test
  void theLeastCpuCapIsWhatTheKernelAccepts() {
    Caps least = new Caps(Caps.MIN_CPU_MILLIS, null, null, null);
    assertThat(V1.writes(least)).contains(new Write("cpu", "cpu.cfs_quota_us", "1000"));
  }

  @Test
  void nothingIsWrittenForWhatIsNotLimited() {
    assertThat(V1.writes(Caps.NONE)).isEmpty();
    assertThat(V2.writes(Caps.NONE)).isEmpty();
    assertThat(CgroupFiles.none().writes(ALL)).isEmpty();
  }

  @Test
  void aControllerThatIsNotThereIsNeitherWrittenNorRead() {
    CgroupFiles memoryOnly = new CgroupFiles(Version.V1, new TreeMap<>(Map.of("memory", "memory")));
    assertThat(memoryOnly.writes(ALL)).extracting(Write::hierarchy).containsOnly("memory");
    assertThat(memoryOnly.reads()).extracting(FileName::hierarchy).containsOnly("memory");
  }

  @Test
  void usageIsReadFromVersion1() {
    Usage usage =
        V1.usage(
            Map.of(
                new FileName("cpu", "cpuacct.usage"), "1500000000\n",
                new FileName("cpu", "cpu.stat"),
                    "nr_periods 5\nnr_throttled 2\nthrottled_time 30000000\n",
                new FileName("memory", "memory.max_usage_in_bytes"), "4096\n",
                new FileName("memory", "memory.oom_control"),
                    "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
                new FileName("pids", "pids.peak"), "4\n",
                new FileName("pids", "pids.events"), "max 7\n",
                new FileName("blkio", "blkio.throttle.io_service_bytes_recursive"), BLOCK_DEVICES));
    assertThat(usage)
        .isEqualTo(
            new Usage(
                Duration.ofMillis(1500), Duration.ofMillis(30), 4096L, 3L, 4097L, 512L, 1L, 7L));
  }

  @Test
  void usageIsReadFromVersion2() {
    Usage usage =
        V2.usage(
            Map.of(
                new FileName("unified", "cpu.stat"),
                    "usage_usec 1500000\nuser_usec 1\nthrottled_usec 30000\n",
                new FileName("unified", "memory.peak"), "4096\n",
                new FileName("unified", "memory.events"),
                    "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 1\n",
                new FileName("unified", "pids.peak"), "4\n",
                new FileName("unified", "pids.events"), "max 0\n",
                new FileName("unified", "io.stat"),
                    "254:0 rbytes=4096 wbytes=512 rios=1 wios=1\n8:0 rbytes=1 wbytes=0\n"));
    assertThat(usage)
        .isEqualTo(
            new Usage(
                Duration.ofMillis(1500), Duration.ofMillis(30), 4096L, 3L, 4097L, 512L, 2L, 0L));
  }

  @Test
  void whatCannotBeReadIsUnknown() {
    assertThat(V1.usage(Map.of())).isEqualTo(Usage.UNKNOWN);
    assertThat(V2.usage(Map.of(new FileName("unified", "memory.peak"), "lots")).memoryPeakBytes())
        .isNull();
    assertThat(CgroupFiles.none().usage(Map.of())).isEqualTo(Usage.UNKNOWN);
  }
}
