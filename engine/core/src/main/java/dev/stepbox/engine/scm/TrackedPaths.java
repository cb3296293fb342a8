package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;

/**
 * The paths that git's index of a work tree names, one character per byte: what is in there counts
 * as tracked even where a rule ignores it. Versions 2 to 4 of the format, split indexes included.
 */
final class TrackedPaths {

  /** Largest index that is read, and most of its paths together, in bytes. */
  static final long BYTES_MAX = 256L << 20;

  static final TrackedPaths NONE = new TrackedPaths(new String[0]);

  private static final int SIGNATURE = 0x44495243;
  private static final int LINK = 0x6c696e6b;

  /** Sorted, as the index is. */
  private final String[] paths;

  private TrackedPaths(String[] paths) {
    this.paths = paths;
  }

  boolean contains(String path) {
    return Arrays.binarySearch(paths, path) >= 0;
  }

  /** Whether anything below a directory is tracked. */
  boolean hasBelow(String directory) {
    String prefix = directory + "/";
    int at = Arrays.binarySearch(paths, prefix);
    int next = at >= 0 ? at : -at - 1;
    return next < paths.length && paths[next].startsWith(prefix);
  }

  /** The paths of an index file; none when there is no such file. */
  static TrackedPaths read(Path index, int idLength) throws IOException {
    return read(index, idLength, BYTES_MAX);
  }

  static TrackedPaths read(Path index, int idLength, long bytesMax) throws IOException {
    Set<String> paths = new TreeSet<>();
    new Reader(index, idLength, bytesMax, true).addTo(paths);
    return new TrackedPaths(paths.toArray(String[]::new));
  }

  private static final class Reader {
    private final Path file;
    private final int idLength;
    private final long bytesMax;
    private boolean mayBeSplit;
    private long pathBytes;

    /**
     * Reads one file.
     *
     * @param mayBeSplit whether it may name another one that it adds to
     */
    Reader(Path file, int idLength, long bytesMax, boolean mayBeSplit) {
      this.mayBeSplit = mayBeSplit;
      this.file = file;
      this.idLength = idLength;
      this.bytesMax = bytesMax;
    }

    void addTo(Set<String> paths) throws IOException {
      try {
        // Whoever opens a pipe waits until somebody writes to it.
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .isRegularFile()) {
          throw unreadable("it is no regular file");
        }
        read(paths);
      } catch (NoSuchFileException nothingTracked) {
        return;
      } catch (BufferUnderflowException | IllegalArgumentException e) {
        throw unreadable("it is cut short");
      }
    }

    private void read(Set<String> paths) throws IOException {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
        if (channel.size() > bytesMax) {
          throw unreadable("it has more than %d bytes".formatted(bytesMax));
        }
        ByteBuffer signature = ByteBuffer.allocate(Integer.BYTES);
        while (signature.hasRemaining() && channel.read(signature) >= 0) {}
        if (signature.flip().getInt() != SIGNATURE) {
          throw unreadable("it is no index");
        }
        ByteBuffer in = ByteBuffer.allocate((int) channel.size());
        channel.position(0);
        while (in.hasRemaining() && channel.read(in) >= 0) {}
        entries(in.flip().position(Integer.BYTES), paths);
      }
    }

    private void entries(ByteBuffer in, Set<String> paths) throws IOException {
      int version = in.getInt();
      if (version < 2 || version > 4) {
        throw unreadable("version %d is not known".formatted(version));
      }
      int count = in.getInt();
      byte[] before = {};
      for (int i = 0; i < count; i++) {
        int start = in.position();
        in.position(start + 40 + idLength);
        int flags = in.getShort();
        if ((flags & 0x4000) != 0) {
          in.getShort();
        }
        before = version == 4 ? compressed(in, before) : plain(in, start);
        pathBytes += before.length;
        if (pathBytes > bytesMax) {
          throw unreadable("its paths have more than %d bytes".formatted(bytesMax));
        }
        paths.add(new String(before, ISO_8859_1));
      }
      extensions(in, paths);
    }

    private static byte[] plain(ByteBuffer in, int start) {
      byte[] path = untilZero(in);
      int length = in.position() - 1 - start;
      in.position(start + (length + 8) / 8 * 8);
      return path;
    }

    private static byte[] compressed(ByteBuffer in, byte[] before) {
      int b = in.get();
      int drop = b & 0x7f;
      while ((b & 0x80) != 0) {
        b = in.get();
        drop = ((drop + 1) << 7) | (b & 0x7f);
      }
      byte[] rest = untilZero(in);
      int keep = before.length - drop;
      if (keep < 0) {
        throw new IllegalArgumentException("more is dropped than there is");
      }
      byte[] path = Arrays.copyOf(before, keep + rest.length);
      System.arraycopy(rest, 0, path, keep, rest.length);
      return path;
    }

    private static byte[] untilZero(ByteBuffer in) {
      int start = in.position();
      while (in.get() != 0) {}
      byte[] bytes = new byte[in.position() - 1 - start];
      in.get(start, bytes);
      return bytes;
    }

    private void extensions(ByteBuffer in, Set<String> paths) throws IOException {
      while (in.remaining() >= idLength + 8) {
        int signature = in.getInt();
        int size = in.getInt();
        int start = in.position();
        if (size < 0) {
          throw unreadable("a part of it has a size below zero");
        }
        if (signature == LINK) {
          if (!mayBeSplit) {
            throw unreadable("it is split more than once");
          }
          mayBeSplit = false;
          byte[] id = new byte[idLength];
          in.get(id);
          Path shared = file.resolveSibling("sharedindex." + HexFormat.of().formatHex(id));
          new Reader(shared, idLength, bytesMax, false).addTo(paths);
        }
        in.position(start + size);
      }
    }

    private EngineException unreadable(String why) {
      return new EngineException(
          ErrorCode.SOURCE_UNSUPPORTED,
          "cannot read what git tracks from '%s': %s. 'git status' may repair it."
              .formatted(file, why));
    }
  }
}
