package dev.stepbox.isolation.machine;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Unpacks the kernel out of a {@code vmlinuz}, which says in its header where it lies (the kernel's
 * {@code Documentation/arch/x86/boot.rst}). An emulated processor takes seconds to do that at every
 * boot. Where it cannot be done here, the image is used as it is.
 */
final class KernelImage {
  private static final int HEADER_END = 0x250;
  private static final int MAGIC_AT = 0x202;
  private static final int MAGIC = 0x53726448; // "HdrS"
  private static final int SETUP_SECTORS_AT = 0x1f1;
  private static final int PAYLOAD_AT = 0x248;
  private static final int SECTOR = 512;
  private static final int DEFAULT_SECTORS = 4;
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z'};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

  private KernelImage() {}

  /** What the machine boots: the unpacked kernel, or {@code image} itself. */
  static byte[] bootable(byte[] image) throws InterruptedException {
    byte[] packed = payload(image);
    try {
      byte[] kernel = unpack(packed);
      return begins(kernel, ELF) ? kernel : image;
    } catch (IOException ignored) {
      // No program for it, or another format: the image boots, too, only later.
      return image;
    }
  }

  private static byte[] payload(byte[] image) {
    if (image.length < HEADER_END) {
      return new byte[0];
    }
    ByteBuffer header = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(MAGIC_AT) != MAGIC) {
      return new byte[0];
    }
    int sectors = Byte.toUnsignedInt(header.get(SETUP_SECTORS_AT));
    long base = ((sectors == 0 ? DEFAULT_SECTORS : sectors) + 1L) * SECTOR;
    long offset = base + Integer.toUnsignedLong(header.getInt(PAYLOAD_AT));
    // The last four bytes are the unpacked size, which is no part of the packed stream.
    long length = Integer.toUnsignedLong(header.getInt(PAYLOAD_AT + Integer.BYTES)) - Integer.BYTES;
    if (length <= 0 || offset + length > image.length) {
      return new byte[0];
    }
    return Arrays.copyOfRange(image, (int) offset, (int) (offset + length));
  }

  private static byte[] unpack(byte[] packed) throws IOException, InterruptedException {
    if (begins(packed, GZIP)) {
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
        return in.readAllBytes();
      }
    }
    if (begins(packed, XZ)) {
      return filter(List.of("xz", "--decompress", "--stdout"), packed);
    }
    if (begins(packed, ZSTD)) {
      return filter(List.of("zstd", "--decompress", "--stdout"), packed);
    }
    throw new IOException("not a known format");
  }

  private static byte[] filter(List<String> command, byte[] input)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("stepbox-kernel", null);
    try {
      Files.write(file, input);
      Process process =
          new ProcessBuilder(command)
              .redirectInput(file.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      try (InputStream out = process.getInputStream()) {
        byte[] unpacked = out.readAllBytes();
        if (process.waitFor() != 0) {
          throw new IOException(command.getFirst() + " failed");
        }
        return unpacked;
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static boolean begins(byte[] content, byte[] with) {
    return content.length >= with.length
        && Arrays.equals(content, 0, with.length, with, 0, with.length);
  }
}
