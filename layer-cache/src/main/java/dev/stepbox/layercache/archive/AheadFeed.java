package dev.stepbox.layercache.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets a source run ahead in a thread of its own, by a bounded number of pieces. What the source
 * computes in {@link #next} is visible to the reader once the reader has seen the end.
 */
final class AheadFeed implements ByteFeed {
  private static final int PIECES = 6;

  /** What the thread hands over. */
  private sealed interface Handed {
    record Piece(ByteBuffer bytes) implements Handed {}

    record End() implements Handed {}

    record Failure(Throwable cause) implements Handed {}
  }

  private final ByteFeed source;
  private final BlockingQueue<Handed> full = new ArrayBlockingQueue<>(PIECES + 1);
  private final BlockingQueue<ByteBuffer> empty = new ArrayBlockingQueue<>(PIECES + 1);
  private final Thread thread;
  private @Nullable ByteBuffer lent;
  private boolean isOver;

  AheadFeed(String name, ByteFeed source) {
    this.source = source;
    for (int count = 0; count < PIECES; count++) {
      empty.add(ByteBuffer.allocate(FileFeed.PIECE_BYTES));
    }
    thread = Thread.ofPlatform().daemon().name("layer-cache-" + name).start(this::run);
  }

  private void run() {
    try {
      full.put(pump());
    } catch (InterruptedException ignored) {
      // The reader has closed the feed and waits for nothing.
    }
  }

  private Handed pump() throws InterruptedException {
    try {
      for (ByteBuffer piece = source.next(); piece != null; piece = source.next()) {
        while (piece.hasRemaining()) {
          ByteBuffer copy = empty.take().clear();
          int count = Math.min(copy.remaining(), piece.remaining());
          copy.put(0, piece, piece.position(), count).limit(count);
          piece.position(piece.position() + count);
          full.put(new Handed.Piece(copy));
        }
      }
      return new Handed.End();
    } catch (IOException | RuntimeException | Error e) {
      return new Handed.Failure(e);
    }
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException, InterruptedException {
    if (isOver) {
      return null;
    }
    if (lent != null) {
      empty.add(lent);
      lent = null;
    }
    return switch (full.take()) {
      case Handed.Piece(ByteBuffer bytes) -> {
        lent = bytes;
        yield bytes;
      }
      case Handed.End() -> {
        isOver = true;
        yield null;
      }
      case Handed.Failure(Throwable cause) -> {
        isOver = true;
        throw rethrown(cause);
      }
    };
  }

  private static IOException rethrown(Throwable cause) {
    return switch (cause) {
      case IOException failed -> failed;
      case RuntimeException failed -> throw failed;
      case Error failed -> throw failed;
      default -> throw new IllegalStateException("a feed cannot fail like this", cause);
    };
  }

  @Override
  public void close() throws IOException {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    source.close();
  }
}
