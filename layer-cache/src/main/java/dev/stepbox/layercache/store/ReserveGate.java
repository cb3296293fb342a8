package dev.stepbox.layercache.store;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Refuses to fill the file system to its last block, because even giving space back needs a little.
 * Asks the file system only after every {@value #ASK_BYTES} bytes.
 */
public final class ReserveGate implements WriteGate {
  /** How much is written between two questions. */
  static final long ASK_BYTES = 8L << 20;

  /** What stays free, in bytes, or a hundredth of a small file system. */
  static final long RESERVE_BYTES = 64L << 20;

  private final Path root;
  private final AtomicLong untilQuestion = new AtomicLong();

  /** Guards the file system that holds an existing directory. */
  public ReserveGate(Path root) {
    this.root = root;
  }

  @Override
  public void pass(Path path, long bytes) throws IOException {
    if (bytes == 0 || untilQuestion.addAndGet(-bytes) > 0) {
      return;
    }
    untilQuestion.set(ASK_BYTES);
    if (!Files.exists(root)) {
      return;
    }
    FileStore files = Files.getFileStore(root);
    long reserve = Math.min(RESERVE_BYTES, files.getTotalSpace() / 100);
    if (files.getUsableSpace() - bytes < reserve) {
      throw new FileSystemException(path.toString(), null, "No space left on device");
    }
  }
}
