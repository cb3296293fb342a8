package dev.stepbox.agent.protocol;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An immutable run of bytes; equal when the bytes are. */
public final class Bytes {
  private static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /** No bytes. */
  public static Bytes empty() {
    return EMPTY;
  }

  /** A copy of the given bytes. */
  public static Bytes copyOf(byte[] source, int offset, int length) {
    return new Bytes(Arrays.copyOfRange(source, offset, offset + length));
  }

  /** The given array itself, which the caller gives away and must not touch again. */
  public static Bytes owning(byte[] array) {
    return new Bytes(array);
  }

  /** The UTF-8 form of a text. */
  public static Bytes utf8(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public int size() {
    return array.length;
  }

  /** The byte at {@code index}, from -128 to 127. */
  public byte at(int index) {
    return array[index];
  }

  /** A read-only view, with its own position. */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(array).asReadOnlyBuffer();
  }

  public void writeTo(OutputStream out) throws IOException {
    out.write(array);
  }

  /** A copy as an array. */
  public byte[] toByteArray() {
    return array.clone();
  }

  /** As UTF-8 text; bytes that are not UTF-8 become U+FFFD. */
  public String utf8() {
    return new String(array, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /** The size only: output may be large, and it is not for logs. */
  @Override
  public String toString() {
    return "Bytes[" + array.length + "]";
  }
}
