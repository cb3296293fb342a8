package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.LayerCacheException.Code;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several processes on one store, processes that are killed, and file systems that are full. */
class StoreProcessesIT {
  private static final int TIMEOUT_SECONDS = 60;

  @TempDir private Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private static String outputOf(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  @Test
  void processesThatImportTheSameImageAtTheSameTimeKeepOneCopy() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      processes.add(StoreProcess.command(store(), directory.resolve("p" + number), 1).start());
    }
    for (Process process : processes) {
      assertThat(outputOf(process)).endsWith("done\n");
    }

    try (var layers = Files.list(store().resolve("layers"))) {
      assertThat(layers).hasSize(2);
    }
    try (LayerCache cache = StoreProcess.open(store())) {
      Scenario.assertSound(cache);
    }
  }

  @Test
  void processesThatImportAndReclaimAtTheSameTimeDoNotDisturbEachOther() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      processes.add(StoreProcess.command(store(), directory.resolve("p" + number), 15).start());
    }
    for (Process process : processes) {
      // The name may be gone already: another process removed it between import and removal.
      assertThat(outputOf(process)).containsAnyOf("done", Code.IMAGE_UNKNOWN.name());
    }

    try (LayerCache cache = StoreProcess.open(store())) {
      Scenario.assertSound(cache);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aProcessKilledAtAnyMomentLeavesASoundStore(long seed) throws Exception {
    Random random = new Random(seed);
    Process process = StoreProcess.command(store(), directory.resolve("p"), 10_000).start();
    try (BufferedReader output = process.inputReader(UTF_8)) {
      assertThat(output.readLine()).isEqualTo("started");
      assertThat(process.waitFor(150 + random.nextInt(700), TimeUnit.MILLISECONDS)).isFalse();
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    try (LayerCache cache = StoreProcess.open(store())) {
      // The lease of its import lasts until its hour is over.
      for (Leases.Held held : cache.leases().all()) {
        cache.leases().find(held.id()).orElseThrow().release();
      }
      Scenario.assertSound(cache);
      Scenario.in(directory, ProcessHandle.current()).importImage(cache);
      Scenario.assertSound(cache);
    }
  }

  /** Runs a process in a mount name space of its own, where a small file system is the store. */
  private String runOnSmallFileSystem(String mountAndPrepare) throws Exception {
    Files.createDirectories(store());
    ProcessBuilder command =
        StoreProcess.command(store().resolve("inner"), directory.resolve("p"), 1);
    List<String> words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-ec",
                mountAndPrepare + "; shift; exec \"$@\"",
                "sh",
                store().toString()));
    words.addAll(command.command());
    return outputOf(command.command(words).start());
  }

  @Test
  void aFullFileSystemIsToldWithARemedy() throws Exception {
    String output =
        runOnSmallFileSystem(
            "mount -t tmpfs -o size=256k tmpfs \"$1\";"
                + " head -c 250000 /dev/zero > \"$1/filler\" || true");

    assertThat(output).contains(Code.STORE_FULL.name()).contains("stepbox cache prune");
  }

  @Test
  void anInodeShortageIsToldAsAFullFileSystem() throws Exception {
    String output = runOnSmallFileSystem("mount -t tmpfs -o nr_inodes=28 tmpfs \"$1\"");

    assertThat(output).contains(Code.STORE_FULL.name());
  }

  @Test
  void aReadOnlyFileSystemIsToldWithARemedy() throws Exception {
    String output = runOnSmallFileSystem("mount -t tmpfs -o ro tmpfs \"$1\"");

    assertThat(output).contains(Code.STORE_READ_ONLY.name()).contains("STEPBOX_HOME");
  }

  @Test
  void aStoreThatBecomesReadOnlyIsToldWithARemedy() throws Exception {
    Process process = StoreProcess.command(store(), directory.resolve("q"), 1).start();
    assertThat(outputOf(process)).endsWith("done\n");
    ProcessBuilder command = StoreProcess.command(store(), directory.resolve("p"), 1);
    List<String> words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-ec",
                "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"; shift; exec \"$@\"",
                "sh",
                store().toString()));
    words.addAll(command.command());

    String output = outputOf(command.command(words).start());

    assertThat(output).contains(Code.STORE_READ_ONLY.name());
  }
}
