package dev.stepbox.agent.worker.output;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.TimeMark;
import dev.stepbox.agent.worker.output.OutputMask.More;
import dev.stepbox.isolation.OutputTimes;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the raw output file of a step while it grows and hands it on masked. Whoever follows calls
 * {@link #drain} now and then while the step runs, and {@link #finish} when it has ended; nothing
 * waits in here but the receiver of the pieces. Not for use by several threads.
 */
public final class OutputFollower implements AutoCloseable {
  /** Most bytes read at once. */
  static final int CHUNK_BYTES = 256 * 1024;

  /** Most bytes handed on in one go: whoever follows has a clock to look at. */
  static final int DRAIN_BYTES = 4 * 1024 * 1024;

  private final Path file;
  private final long rawOffset;
  private final Receiver receiver;
  private final OutputMask mask;
  private final InstantSource clock;
  private final OutputTimes times;
  private final TailLines tail = new TailLines();
  private @Nullable InputStream in;

  /** Takes the masked output. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * The next bytes.
     *
     * @param rawEndOffset where they end in the raw file; a follower that begins there goes on with
     *     exactly the rest
     * @param marks when they were written, the first at offset 0
     */
    void take(Bytes masked, long rawEndOffset, List<TimeMark> marks) throws InterruptedException;
  }

  /**
   * Follows a file, which need not exist yet.
   *
   * @param rawOffset where to begin: 0, or an offset that a follower with the same masking told
   * @param clock for bytes of which nobody has noted the time
   */
  public OutputFollower(
      Path file, long rawOffset, Masking masking, InstantSource clock, Receiver receiver) {
    this.file = file;
    this.clock = clock;
    this.times = OutputTimes.beside(file);
    this.rawOffset = rawOffset;
    this.receiver = receiver;
    this.mask = masking.start(rawOffset);
  }

  /**
   * Hands on what is there by now, at most {@value #DRAIN_BYTES} bytes.
   *
   * @return whether there was more than that
   * @throws AgentException {@link AgentErrorCode#OUTPUT_UNREADABLE}
   */
  public boolean drain() throws InterruptedException {
    try {
      InputStream stream = open();
      int there = stream == null ? 0 : stream.available();
      int room = DRAIN_BYTES;
      while (stream != null && there > 0 && room > 0) {
        room -= readChunk(stream, Math.min(there, CHUNK_BYTES));
        there = stream.available();
      }
      return there > 0;
    } catch (IOException e) {
      throw new AgentException(
          AgentErrorCode.OUTPUT_UNREADABLE,
          "cannot read the output of a step from '%s': %s. Check the disk under STEPBOX_HOME."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** Hands on all that is left; the step has ended, the file is complete. */
  public void finish() throws InterruptedException {
    while (drain()) {}
    byte[] rest = new byte[mask.keptLength()];
    mask.copyKept(rest);
    hand(mask.process(rest, rest.length, More.NOTHING));
  }

  /** The last lines handed on, at most {@value TailLines#LINES}. */
  public List<String> tail() {
    return tail.lines();
  }

  private int readChunk(InputStream stream, int there) throws IOException, InterruptedException {
    int keptLength = mask.keptLength();
    byte[] chunk = new byte[keptLength + there];
    mask.copyKept(chunk);
    int count = stream.readNBytes(chunk, keptLength, there);
    hand(mask.process(chunk, keptLength + count, More.EXPECTED));
    return count;
  }

  private void hand(OutputMask.@Nullable Piece piece) throws InterruptedException {
    if (piece != null) {
      tail.add(piece.bytes());
      receiver.take(piece.bytes(), piece.rawEnd(), marks(piece));
    }
  }

  private List<TimeMark> marks(OutputMask.Piece piece) {
    List<TimeMark> marks = new ArrayList<>();
    long noted = piece.rawStart();
    for (OutputTimes.Note note : times.of(piece.rawStart(), piece.rawEnd())) {
      int offset = marks.isEmpty() ? 0 : piece.maskedOffset(note.offset());
      marks.add(new TimeMark(offset, Instant.ofEpochSecond(0, note.realNanos())));
      noted = note.offset() + note.length();
    }
    if (noted < piece.rawEnd()) {
      marks.add(new TimeMark(piece.maskedOffset(noted), clock.instant()));
    }
    return marks;
  }

  private @Nullable InputStream open() throws IOException {
    if (in == null && Files.exists(file)) {
      InputStream stream = new FileInputStream(file.toFile());
      stream.skipNBytes(rawOffset);
      in = stream;
    }
    return in;
  }

  @Override
  public void close() {
    times.close();
    if (in != null) {
      try {
        in.close();
      } catch (IOException ignored) {
        // Only read from: nothing can be lost by it.
      }
    }
  }
}
