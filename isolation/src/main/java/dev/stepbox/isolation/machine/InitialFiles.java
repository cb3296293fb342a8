package dev.stepbox.isolation.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * An initial file system for the kernel: an archive in the format {@code newc} of cpio, described
 * in the kernel's {@code initramfs-buffer-format}.
 */
final class InitialFiles {
  private static final int FILE = 0100000;
  private static final int DIRECTORY = 040000;
  private static final int ALIGNMENT = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int number = 1;

  InitialFiles directory(String name) {
    entry(name, DIRECTORY | 0755, new byte[0]);
    return this;
  }

  InitialFiles file(String name, int mode, byte[] content) {
    entry(name, FILE | mode, content);
    return this;
  }

  /** The whole archive; nothing can be added afterwards. */
  byte[] finish() {
    entry("TRAILER!!!", 0, new byte[0]);
    return out.toByteArray();
  }

  private void entry(String name, int mode, byte[] content) {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    int links = 1;
    int[] fields = {
      number++, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, nameBytes.length + 1, 0
    };
    out.writeBytes("070701".getBytes(US_ASCII));
    for (int field : fields) {
      out.writeBytes("%08x".formatted(field).getBytes(US_ASCII));
    }
    out.writeBytes(nameBytes);
    out.write(0);
    align();
    out.writeBytes(content);
    align();
  }

  private void align() {
    while (out.size() % ALIGNMENT != 0) {
      out.write(0);
    }
  }
}
