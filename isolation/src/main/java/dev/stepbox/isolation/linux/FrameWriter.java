package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.function.BiConsumer;

/** Writes the body of one request. Not safe for use by several threads. */
final class FrameWriter {
  private static final int INITIAL_BYTES = 4096;
  private static final int PREFIX = Wire.LENGTH_BYTES + Wire.HEADER_BYTES;

  private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  FrameWriter() {
    buffer.position(PREFIX);
  }

  FrameWriter u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  FrameWriter u32(long value) {
    room(Integer.BYTES).putInt((int) value);
    return this;
  }

  FrameWriter u64(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  FrameWriter bytes(byte[] value) {
    u32(value.length);
    room(value.length).put(value);
    return this;
  }

  /** Text in UTF-8. */
  FrameWriter str(String value) {
    return bytes(value.getBytes(UTF_8));
  }

  /** Text of which each character is one byte. */
  FrameWriter raw(String value) {
    return bytes(value.getBytes(ISO_8859_1));
  }

  <T> FrameWriter list(Collection<T> items, BiConsumer<FrameWriter, T> writer) {
    u32(items.size());
    items.forEach(item -> writer.accept(this, item));
    return this;
  }

  FrameWriter strings(Collection<String> items) {
    return list(items, FrameWriter::str);
  }

  /** Bytes of the body so far. */
  int size() {
    return buffer.position() - PREFIX;
  }

  /** The whole frame, ready to send. */
  ByteBuffer frame(int type, int request) {
    int length = buffer.position() - Wire.LENGTH_BYTES;
    if (length > Wire.FRAME_MAX) {
      throw new SandboxException(
          SandboxErrorCode.INVALID_REQUEST,
          "cannot send request %d to the launcher: it has %d bytes, the limit is %d"
              .formatted(type, length, Wire.FRAME_MAX));
    }
    buffer.putInt(0, length);
    buffer.putShort(Wire.LENGTH_BYTES, (short) type);
    buffer.putShort(Wire.LENGTH_BYTES + Short.BYTES, (short) 0);
    buffer.putInt(Wire.LENGTH_BYTES + 2 * Short.BYTES, request);
    return buffer.flip();
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int capacity = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
      ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(buffer.flip());
      buffer = larger;
    }
    return buffer;
  }
}
