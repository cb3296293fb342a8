package dev.stepbox.engine.home;

import dev.stepbox.engine.DiskFailures;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The right to carry a build on. The kernel takes it back when the process dies. Thread-safe.
 *
 * <p>Which locks this process holds is also kept in memory: the kernel forgets all locks of a
 * process on a file as soon as the process closes the file anywhere, so a file whose lock we hold
 * must never be opened to look.
 */
public final class BuildLock implements AutoCloseable {

  private static final Set<Path> HELD = new HashSet<>();

  /** Who only looks holds the file for a moment; so a refusal is asked for again. */
  private static final int TRIES = 20;

  private static final long PAUSE_NANOS = 5_000_000;

  private final Path file;
  private final FileChannel channel;

  private BuildLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Take the right; empty when a process has it, this one included. */
  public static Optional<BuildLock> take(Path file) {
    synchronized (HELD) {
      if (HELD.contains(file)) {
        return Optional.empty();
      }
      try {
        Optional<BuildLock> lock = ask(file);
        lock.ifPresent(_ -> HELD.add(file));
        return lock;
      } catch (IOException e) {
        throw DiskFailures.of("lock", file, e);
      }
    }
  }

  private static Optional<BuildLock> ask(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    for (int tries = 1; tries <= TRIES; tries++) {
      if (channel.tryLock() != null) {
        return Optional.of(new BuildLock(file, channel));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    channel.close();
    return Optional.empty();
  }

  /** Whether a process has the right. */
  public static boolean isTaken(Path file) {
    synchronized (HELD) {
      if (HELD.contains(file)) {
        return true;
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        return channel.tryLock(0, Long.MAX_VALUE, true) == null;
      } catch (NoSuchFileException neverTaken) {
        return false;
      } catch (IOException e) {
        throw DiskFailures.of("look at the lock", file, e);
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw DiskFailures.of("unlock", file, e);
    } finally {
      synchronized (HELD) {
        HELD.remove(file);
      }
    }
  }
}
