package dev.stepbox.layercache.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Writes the files of a layer with their content, mode and time, in as few system calls as it can.
 */
final class FileMaker {
  private static final Set<OpenOption> NEW_FILE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  // For a file that was just made here: otherwise the JDK looks again what it is.
  private static final LinkOption[] FOLLOWING = {};
  private static final int READABLE = 0400;
  private static final PosixFilePermission[] BY_BIT = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private final int umask;
  private final Map<Integer, FileAttribute<?>> attributesByMode = new HashMap<>();
  private final CRC32C crc = new CRC32C();

  private FileMaker(int umask) {
    this.umask = umask;
  }

  /** Learns in a directory, by a file that it makes there, which mode bits new files lose. */
  static FileMaker in(Path directory) throws IOException {
    Path probe = directory.resolve("umask");
    Files.newByteChannel(probe, NEW_FILE, attribute(0777)).close();
    int mode = (int) Files.getAttribute(probe, "unix:mode") & 0777;
    Files.delete(probe);
    return new FileMaker(0777 & ~mode);
  }

  private static FileAttribute<?> attribute(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < BY_BIT.length; bit++) {
      if ((mode & (1 << bit)) != 0) {
        permissions.add(BY_BIT[bit]);
      }
    }
    return PosixFilePermissions.asFileAttribute(permissions);
  }

  /**
   * Writes the present entry of an archive as a new file.
   *
   * @return CRC-32C of the content, or {@link LayerManifest.Line#UNKNOWN} for a file with holes
   */
  long write(TarReader tar, TarEntry entry, Metadata metadata, Path path)
      throws IOException, InterruptedException {
    FileAttribute<?> attribute =
        attributesByMode.computeIfAbsent((metadata.mode() | READABLE) & 0777, FileMaker::attribute);
    long checksum;
    try (SeekableByteChannel file = Files.newByteChannel(path, NEW_FILE, attribute)) {
      checksum = writeContent(tar, entry, file);
    }
    // The time first: the JDK opens the file for it, which the mode may forbid.
    setTime(path, metadata, FOLLOWING);
    if ((metadata.mode() & (umask | 07000)) != 0 || (metadata.mode() & READABLE) == 0) {
      Files.setAttribute(path, "unix:mode", metadata.mode());
    }
    return checksum;
  }

  private long writeContent(TarReader tar, TarEntry entry, SeekableByteChannel file)
      throws IOException, InterruptedException {
    crc.reset();
    long[] end = new long[1];
    boolean[] hasHoles = new boolean[1];
    tar.content((offset, bytes) -> {
      crc.update(bytes.duplicate());
      if (offset != end[0]) {
        file.position(offset);
        hasHoles[0] = true;
      }
      end[0] = offset + bytes.remaining();
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    });
    if (end[0] < entry.size()) {
      // The JDK cannot lengthen a file without writing its last byte.
      file.position(entry.size() - 1);
      file.write(ByteBuffer.allocate(1));
      hasHoles[0] = true;
    }
    return hasHoles[0] ? LayerManifest.Line.UNKNOWN : crc.getValue();
  }

  /** Sets the time of a link itself. */
  static void setTimeOfLink(Path path, Metadata metadata) throws IOException {
    setTime(path, metadata, LinkOption.NOFOLLOW_LINKS);
  }

  private static void setTime(Path path, Metadata metadata, LinkOption... options)
      throws IOException {
    FileTime time = FileTime.from(Instant.ofEpochSecond(metadata.seconds(), metadata.nanos()));
    Files.getFileAttributeView(path, BasicFileAttributeView.class, options)
        .setTimes(time, time, null);
  }
}
