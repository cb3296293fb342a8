package dev.stepbox.agent.worker.output;

import dev.stepbox.agent.protocol.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Masks one stream of bytes, chunk by chunk. All stretches that any pattern covers are found, those
 * that overlap are one, and each is replaced by {@link Masking#MASK}. What comes out does not
 * depend on how the stream was cut into chunks, and every offset that was told is one from which a
 * new mask goes on as if the stream had not been interrupted: no stretch crosses it.
 *
 * <p>Keeps no more bytes than the longest pattern has. Not for use by several threads.
 */
final class OutputMask {
  private static final byte[] MASK = Masking.MASK.getBytes(StandardCharsets.US_ASCII);

  private final PatternMatcher matcher;
  private int state = PatternMatcher.ROOT;

  /** Everything before is told. */
  private long told;

  /** Raw offset of the first byte that is kept; more than {@code told} inside a masked stretch. */
  private long keptFrom;

  private byte[] kept = {};

  /** Stretches not yet told, ascending and disjoint: from and to, raw offsets. */
  private long[] stretches = new long[16];

  private int stretchCount;

  OutputMask(PatternMatcher matcher, long rawOffset) {
    this.matcher = matcher;
    this.told = rawOffset;
    this.keptFrom = rawOffset;
  }

  /** Whether more bytes of the stream can follow. */
  enum More {
    /** The stream goes on. */
    EXPECTED,
    /** This is its end. */
    NOTHING
  }

  /**
   * Masked bytes that are final.
   *
   * @param rawStart where they begin in the raw stream
   * @param rawEnd where they end there
   * @param masked the stretches in them that were replaced
   */
  record Piece(Bytes bytes, long rawStart, long rawEnd, List<Stretch> masked) {
    /** Where a byte of the raw stream is in the masked bytes; a replaced one is at its mask. */
    int maskedOffset(long raw) {
      long offset = raw - rawStart;
      for (Stretch stretch : masked) {
        if (stretch.from() >= raw) {
          break;
        }
        offset -= Math.min(raw, stretch.to()) - stretch.from();
        offset += raw >= stretch.to() ? MASK.length : 0;
      }
      return (int) offset;
    }
  }

  /** Raw offsets. */
  record Stretch(long from, long to) {}

  /** How many bytes the next chunk has to begin with: those kept from the one before. */
  int keptLength() {
    return kept.length;
  }

  /** Puts the kept bytes at the beginning of the array for the next chunk. */
  void copyKept(byte[] chunk) {
    System.arraycopy(kept, 0, chunk, 0, kept.length);
  }

  /**
   * Takes the next chunk.
   *
   * @param chunk the kept bytes, then new ones; given away with the call
   * @param length of both together
   * @return null when nothing more is final
   */
  @Nullable Piece process(byte[] chunk, int length, More more) {
    find(chunk, kept.length, length);
    long end = keptFrom + length;
    long decided = more == More.NOTHING ? end : end - matcher.depth(state);
    for (int i = 0; i < stretchCount; i++) {
      if (from(i) < decided && decided < to(i)) {
        decided = from(i);
      }
    }
    Piece piece =
        decided == told
            ? null
            : new Piece(render(chunk, length, decided), told, decided, before(decided));
    keep(chunk, length, decided);
    return piece;
  }

  private void find(byte[] chunk, int begin, int end) {
    int at = begin;
    if (matcher.isEmpty()) {
      return;
    }
    while (at < end) {
      if (state == PatternMatcher.ROOT) {
        at = matcher.skip(chunk, at, end);
        if (at == end) {
          return;
        }
      }
      state = matcher.next(state, chunk[at++]);
      int match = matcher.matchLength(state);
      if (match > 0) {
        addStretch(keptFrom + at - match, keptFrom + at);
      }
    }
  }

  private void addStretch(long from, long to) {
    long start = from;
    while (stretchCount > 0 && start < to(stretchCount - 1)) {
      stretchCount--;
      start = Math.min(start, from(stretchCount));
    }
    if (2 * stretchCount == stretches.length) {
      stretches = Arrays.copyOf(stretches, stretches.length * 2);
    }
    stretches[2 * stretchCount] = start;
    stretches[2 * stretchCount + 1] = to;
    stretchCount++;
  }

  private Bytes render(byte[] chunk, int length, long decided) {
    if (stretchCount == 0 || from(0) >= decided) {
      int from = (int) (told - keptFrom);
      int to = (int) (decided - keptFrom);
      return from == 0 && to == chunk.length && to == length
          ? Bytes.owning(chunk)
          : Bytes.copyOf(chunk, from, to - from);
    }
    byte[] out = new byte[(int) (decided - keptFrom) + MASK.length];
    int size = 0;
    long at = told;
    for (int i = 0; i < stretchCount && from(i) < decided; i++) {
      int plain = (int) (from(i) - at);
      if (size + plain + MASK.length > out.length) {
        out = Arrays.copyOf(out, Math.max(out.length * 2, size + plain + MASK.length));
      }
      System.arraycopy(chunk, Math.max(0, (int) (at - keptFrom)), out, size, plain);
      System.arraycopy(MASK, 0, out, size + plain, MASK.length);
      size += plain + MASK.length;
      at = to(i);
    }
    int rest = (int) (decided - at);
    out = Arrays.copyOf(out, size + rest);
    System.arraycopy(chunk, (int) (at - keptFrom), out, size, rest);
    return Bytes.owning(out);
  }

  private List<Stretch> before(long decided) {
    if (stretchCount == 0) {
      return List.of();
    }
    List<Stretch> before = new ArrayList<>();
    for (int i = 0; i < stretchCount && from(i) < decided; i++) {
      before.add(new Stretch(from(i), to(i)));
    }
    return before;
  }

  private void keep(byte[] chunk, int length, long decided) {
    int first = 0;
    while (first < stretchCount && to(first) <= decided) {
      first++;
    }
    stretchCount -= first;
    System.arraycopy(stretches, 2 * first, stretches, 0, 2 * stretchCount);
    boolean isInside = stretchCount > 0 && from(0) == decided;
    long keepFrom = isInside ? to(0) : decided;
    kept = Arrays.copyOfRange(chunk, (int) (keepFrom - keptFrom), length);
    keptFrom = keepFrom;
    told = decided;
  }

  private long from(int stretch) {
    return stretches[2 * stretch];
  }

  private long to(int stretch) {
    return stretches[2 * stretch + 1];
  }
}
