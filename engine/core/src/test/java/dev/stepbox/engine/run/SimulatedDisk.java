package dev.stepbox.engine.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * What a disk has of files that are only appended to: what was synced for sure, and of the rest as
 * much as chance wants.
 */
final class SimulatedDisk {

  private final Path directory;
  private final RandomGenerator random;
  private final Map<Path, Long> synced = new HashMap<>();

  SimulatedDisk(Path directory, RandomGenerator random) {
    this.directory = directory;
    this.random = random;
  }

  /** Everything that was written until now is on the disk. */
  void sync() {
    for (Path file : files()) {
      synced.put(file, length(file));
    }
  }

  /** The machine stops. */
  void lose() {
    for (Path file : files()) {
      long length = length(file);
      long from = Math.min(synced.getOrDefault(file, 0L), length);
      cut(file, from + random.nextLong(length - from + 1));
    }
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static long length(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void cut(Path file, long length) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
