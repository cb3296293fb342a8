package dev.stepbox.isolation;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the bytes of a step's output were written, as its supervisor notes it beside the output
 * file. The notes come up to some milliseconds after the bytes, and a step of a dry run has none.
 * Read from front to back; not for use by several threads.
 */
public final class OutputTimes implements AutoCloseable {
  private static final String NAME = "output.index";
  private static final int NOTE_BYTES = 20;

  /** More notes than this are passed over in one look, so that a flood costs no memory. */
  private static final int NOTES_MAX = 64 * 1024;

  private final Path file;
  private final Deque<Note> open = new ArrayDeque<>();
  private @Nullable InputStream in;

  /**
   * A stretch of output.
   *
   * @param offset of its first byte
   * @param realNanos when that was written, nanoseconds since 1970
   * @param length in bytes
   */
  public record Note(long offset, long realNanos, long length) {}

  private OutputTimes(Path file) {
    this.file = file;
  }

  /** The notes beside an output file; neither need exist. */
  public static OutputTimes beside(Path output) {
    return new OutputTimes(output.resolveSibling(NAME));
  }

  /**
   * What is noted of the bytes from {@code from} to {@code to}, in their order; what lies between
   * the notes, or after them, is not noted yet. Calls ask for ascending ranges.
   */
  public List<Note> of(long from, long to) {
    try {
      readMore();
    } catch (IOException ignored) {
      // Times are an extra: without them the reader takes his own.
      return List.of();
    }
    List<Note> found = new ArrayList<>();
    while (!open.isEmpty() && open.getFirst().offset() < to) {
      Note note = open.getFirst();
      if (note.offset() + note.length() > from) {
        found.add(note);
      }
      if (note.offset() + note.length() > to) {
        return found;
      }
      open.removeFirst();
    }
    return found;
  }

  private void readMore() throws IOException {
    if (in == null) {
      if (!Files.exists(file)) {
        return;
      }
      in = new FileInputStream(file.toFile());
    }
    int there = Math.min(in.available(), NOTES_MAX * NOTE_BYTES) / NOTE_BYTES * NOTE_BYTES;
    if (there > 0) {
      ByteBuffer notes = ByteBuffer.wrap(in.readNBytes(there)).order(ByteOrder.LITTLE_ENDIAN);
      while (notes.remaining() >= NOTE_BYTES) {
        open.add(
            new Note(notes.getLong(), notes.getLong(), Integer.toUnsignedLong(notes.getInt())));
      }
    }
  }

  @Override
  public void close() {
    if (in != null) {
      try {
        in.close();
      } catch (IOException ignored) {
        // Only read from: nothing can be lost by it.
      }
    }
  }
}
