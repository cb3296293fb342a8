package dev.stepbox.layercache.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps other processes, and other threads of this one, from changing several files of a store at
 * the same time. Held for moments only; a thread may take it again while it has it.
 */
final class StoreLock {
  // A lock on a file belongs to the whole process, so threads need a lock of their own for each
  // file.
  private static final Map<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

  private final Path file;
  private final ReentrantLock inProcess;

  /** Takes a path that is real, without links. */
  StoreLock(Path file) {
    this.file = file;
    this.inProcess = IN_PROCESS.computeIfAbsent(file, _ -> new ReentrantLock());
  }

  /** What is done under the lock. */
  interface Action<T> {
    T run() throws IOException;
  }

  <T> T holding(Action<T> action) throws IOException {
    inProcess.lock();
    try {
      if (inProcess.getHoldCount() > 1) {
        return action.run();
      }
      try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = channel.lock()) {
        if (!held.isValid()) {
          throw new IOException("the lock file cannot be locked");
        }
        return action.run();
      }
    } finally {
      inProcess.unlock();
    }
  }
}
