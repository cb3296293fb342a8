package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads a body that the launcher sent. Every length is checked against what is there before
 * anything is allocated; what does not fit is a {@link SandboxException} with {@link
 * SandboxErrorCode#PROTOCOL}. Not safe for use by several threads.
 */
final class FrameReader {
  private final ByteBuffer buffer;

  FrameReader(ByteBuffer body) {
    this.buffer = body.order(ByteOrder.LITTLE_ENDIAN);
  }

  static FrameReader of(byte[] body) {
    return new FrameReader(ByteBuffer.wrap(body));
  }

  int u8() {
    require(1);
    return Byte.toUnsignedInt(buffer.get());
  }

  /** A number of 32 bits without sign. */
  long u32() {
    require(Integer.BYTES);
    return Integer.toUnsignedLong(buffer.getInt());
  }

  int i32() {
    require(Integer.BYTES);
    return buffer.getInt();
  }

  /** A number of 64 bits; one above {@link Long#MAX_VALUE} does not occur and is refused. */
  long u64() {
    require(Long.BYTES);
    long value = buffer.getLong();
    if (value < 0) {
      throw broken("a number of 64 bits is too large");
    }
    return value;
  }

  long i64() {
    require(Long.BYTES);
    return buffer.getLong();
  }

  byte[] bytes() {
    long length = u32();
    require(length);
    byte[] bytes = new byte[(int) length];
    buffer.get(bytes);
    return bytes;
  }

  /** Text in UTF-8. */
  String str() {
    return new String(bytes(), UTF_8);
  }

  /** Text of which each byte becomes one character. */
  String raw() {
    return new String(bytes(), ISO_8859_1);
  }

  /**
   * A list.
   *
   * @param itemBytesMin what an item takes at least, to refuse a count that cannot be
   */
  <T> List<T> list(int itemBytesMin, Function<FrameReader, T> item) {
    long count = u32();
    require(count * itemBytesMin);
    List<T> items = new ArrayList<>((int) count);
    for (long i = 0; i < count; i++) {
      items.add(item.apply(this));
    }
    return items;
  }

  boolean hasMore() {
    return buffer.hasRemaining();
  }

  private void require(long bytes) {
    if (buffer.remaining() < bytes) {
      throw broken("%d bytes are wanted where %d are left".formatted(bytes, buffer.remaining()));
    }
  }

  static SandboxException broken(String what) {
    return new SandboxException(
        SandboxErrorCode.PROTOCOL, "cannot understand the launcher: " + what);
  }
}
