package dev.stepbox.agent.worker.workspace;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * A file that is written in pieces, with holes between them. Its bytes count, and whoever is to
 * stop is asked before each piece. Not for use by several threads.
 */
final class SparseFile implements AutoCloseable {
  private final RandomAccessFile file;
  private final KeptBytes bytes;
  private final BooleanSupplier stop;
  private State state = State.GOES_ON;

  /** How far it is. */
  enum State {
    GOES_ON,
    /** Not written to its end, since that was asked for. */
    STOPPED,
    /** Not written to its end, since no more bytes may be written. */
    FULL
  }

  /** Opens a file that is there and empty. */
  SparseFile(Path path, KeptBytes bytes, BooleanSupplier stop) throws IOException {
    this.file = new RandomAccessFile(path.toFile(), "rw");
    this.bytes = bytes;
    this.stop = stop;
  }

  State state() {
    return state;
  }

  /** Writes a piece; returns whether it did. */
  boolean write(long at, byte[] data, int length) throws IOException {
    if (stop.getAsBoolean()) {
      state = State.STOPPED;
    } else if (!bytes.take(length)) {
      state = State.FULL;
    } else {
      file.seek(at);
      file.write(data, 0, length);
    }
    return state == State.GOES_ON;
  }

  /** The file ends there, with a hole if nothing was written before it. */
  void end(long size) throws IOException {
    file.setLength(size);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
