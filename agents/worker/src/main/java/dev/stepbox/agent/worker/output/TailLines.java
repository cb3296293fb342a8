package dev.stepbox.agent.worker.output;

import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.FromWorker.StepFinished;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The end of a stream of bytes, as lines. Costs the same however long the stream is. */
final class TailLines {
  /** Lines kept. */
  static final int LINES = StepFinished.TAIL_LINES;

  /** Bytes kept; lines that do not fit lose their beginning. */
  static final int BYTES = 16 * 1024;

  private final byte[] ring = new byte[BYTES];
  private long total;

  void add(Bytes bytes) {
    ByteBuffer source = bytes.asByteBuffer();
    if (source.remaining() > BYTES) {
      total += source.remaining() - BYTES;
      source.position(source.limit() - BYTES);
    }
    while (source.hasRemaining()) {
      int at = (int) (total % BYTES);
      int count = Math.min(source.remaining(), BYTES - at);
      source.get(ring, at, count);
      total += count;
    }
  }

  List<String> lines() {
    int length = (int) Math.min(total, BYTES);
    byte[] end = new byte[length];
    for (int i = 0; i < length; i++) {
      end[i] = ring[(int) ((total - length + i) % BYTES)];
    }
    List<String> lines = new ArrayList<>(new String(end, StandardCharsets.UTF_8).lines().toList());
    return List.copyOf(lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
  }
}
