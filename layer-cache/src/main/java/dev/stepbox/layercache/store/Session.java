package dev.stepbox.layercache.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The directory in which one process makes things. It counts as alive while its lock file is
 * locked, which the kernel ends with the process, however that dies.
 */
final class Session implements AutoCloseable {
  // Opening and closing the lock file of an own session would give up the lock.
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final Path lockFile;
  private final FileChannel channel;

  private Session(Path directory, Path lockFile, FileChannel channel) {
    this.directory = directory;
    this.lockFile = lockFile;
    this.channel = channel;
  }

  static Session begin(StoreLayout layout, String id) throws IOException {
    Path lockFile = layout.sessionLock(id);
    OWN.add(lockFile);
    FileChannel channel = null;
    try {
      channel = FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      FileLock unused = channel.tryLock();
      if (unused == null) {
        throw new IOException("the lock of a new session is taken");
      }
      return new Session(Files.createDirectory(layout.session(id)), lockFile, channel);
    } catch (IOException e) {
      end(lockFile, channel);
      throw e;
    }
  }

  private static void end(Path lockFile, @Nullable FileChannel channel) throws IOException {
    Files.deleteIfExists(lockFile);
    if (channel != null) {
      channel.close();
    }
    OWN.remove(lockFile);
  }

  Path directory() {
    return directory;
  }

  /** Whether the process that has this lock file is gone; asked under the lock of the store. */
  static boolean isDead(Path lockFile) throws IOException {
    if (OWN.contains(lockFile)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    end(lockFile, channel);
  }
}
