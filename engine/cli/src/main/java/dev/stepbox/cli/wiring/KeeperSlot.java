package dev.stepbox.cli.wiring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A directory of this process for a supervisor of its own, with a lock that ends with the process:
 * a directory whose lock can be had was left behind by a process that died.
 *
 * <p>The kernel forgets the locks of a process on a file when the process closes the file anywhere,
 * so which ones this process holds is kept in memory, too.
 */
final class KeeperSlot implements AutoCloseable {

  /** Processes that use one home at the same time and need files of other ids. */
  static final int SLOTS_MAX = 256;

  private static final Set<Path> HELD = new HashSet<>();

  private final Path lockFile;
  private final FileChannel channel;
  private final Path directory;

  private KeeperSlot(Path lockFile, FileChannel channel, Path directory) {
    this.lockFile = lockFile;
    this.channel = channel;
    this.directory = directory;
  }

  /** The first slot that no living process has. */
  static KeeperSlot take(Path parent) throws IOException {
    Files.createDirectories(parent);
    for (int number = 0; number < SLOTS_MAX; number++) {
      Optional<KeeperSlot> slot = take(parent, number);
      if (slot.isPresent()) {
        return slot.get();
      }
    }
    throw new IOException("%d processes use '%s' already".formatted(SLOTS_MAX, parent));
  }

  private static Optional<KeeperSlot> take(Path parent, int number) throws IOException {
    Path lockFile = parent.resolve("trees-" + number + ".lock");
    synchronized (HELD) {
      if (HELD.contains(lockFile)) {
        return Optional.empty();
      }
      FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        return Optional.empty();
      }
      HELD.add(lockFile);
      return Optional.of(new KeeperSlot(lockFile, channel, parent.resolve("trees-" + number)));
    }
  }

  /** For the supervisor alone; there already if a process died. */
  Path directory() {
    return directory;
  }

  @Override
  public void close() {
    synchronized (HELD) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        HELD.remove(lockFile);
      }
    }
  }
}
