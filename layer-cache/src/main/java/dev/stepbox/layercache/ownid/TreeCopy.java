package dev.stepbox.layercache.ownid;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.stepbox.layercache.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Copies one entry with all below it. */
final class TreeCopy {
  private static final int CHUNK_BYTES = 1 << 18;
  private static final int BLOCK_BYTES = 4096;
  private static final byte[] ZEROS = new byte[BLOCK_BYTES];
  private static final Set<String> SHARES_BLOCKS = Set.of("btrfs", "xfs", "bcachefs");

  private final Map<Long, Path> copiesByInode = new HashMap<>();
  private final Deque<Finish> directoriesToFinish = new ArrayDeque<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
  private final boolean sharesBlocks;

  /** Finishes a directory after its content is there. */
  private interface Finish {
    void run() throws IOException;
  }

  private TreeCopy(Path target) throws IOException {
    FileStore store = Files.getFileStore(target.getParent());
    sharesBlocks = SHARES_BLOCKS.contains(store.type());
  }

  static void of(Path source, Path target) throws IOException {
    TreeCopy copy = new TreeCopy(target);
    FileStatus status = FileStatus.of(source);
    copy.one(source, status, target);
    if (status.isDirectory()) {
      TreeWalk.below(
          source, (file, path, fileStatus) -> copy.one(file, fileStatus, target(path, target)));
    }
    while (!copy.directoriesToFinish.isEmpty()) {
      copy.directoriesToFinish.pop().run();
    }
  }

  private static Path target(TreePath path, Path root) {
    return path.in(root);
  }

  private void one(Path from, FileStatus status, Path to) throws IOException {
    Path earlier = status.links() > 1 ? copiesByInode.get(status.inode()) : null;
    if (earlier != null && !status.isDirectory()) {
      Files.createLink(to, earlier);
      return;
    }
    if (status.isDirectory()) {
      Files.createDirectory(to);
      OpenAccess.setMode(to, 0700);
      directoriesToFinish.push(() -> finish(from, status, to));
      return;
    }
    if (status.isLink()) {
      Files.createSymbolicLink(to, Files.readSymbolicLink(from));
      setTime(to, status);
    } else if (status.isFile()) {
      OpenAccess.to(from, status, file -> content(file, to));
      finish(from, status, to);
    } else if (status.isWhiteoutDevice()) {
      Whiteouts.create(to);
      return;
    } else {
      throw new IOException("cannot copy a device, pipe or socket without help: " + from);
    }
    copiesByInode.put(status.inode(), to);
  }

  private void finish(Path from, FileStatus status, Path to) throws IOException {
    Map<String, String> xattrs = OpenAccess.to(from, status, Xattrs::read);
    for (Map.Entry<String, String> xattr : xattrs.entrySet()) {
      Xattrs.write(to, xattr.getKey(), xattr.getValue());
    }
    // The time first: the JDK opens the file for it, which the mode may forbid.
    setTime(to, status);
    OpenAccess.setMode(to, status.permissions());
  }

  static void setTime(Path file, FileStatus status) throws IOException {
    BasicFileAttributeView view =
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    view.setTimes(status.modified(), status.modified(), null);
  }

  private Path content(Path from, Path to) throws IOException {
    if (sharesBlocks) {
      return Files.copy(from, to, LinkOption.NOFOLLOW_LINKS);
    }
    try (FileChannel in = FileChannel.open(from, READ, LinkOption.NOFOLLOW_LINKS);
        FileChannel out = FileChannel.open(to, CREATE_NEW, WRITE)) {
      long position = 0;
      boolean endsInHole = false;
      while (in.read(buffer.clear()) >= 0) {
        buffer.flip();
        endsInHole = writeWithHoles(out, position);
        position += buffer.limit();
      }
      if (endsInHole) {
        out.write(ByteBuffer.allocate(1), position - 1);
      }
    }
    return to;
  }

  /** Leaves out blocks of zeros; true when the last block was one. */
  private boolean writeWithHoles(FileChannel out, long position) throws IOException {
    byte[] bytes = buffer.array();
    int end = buffer.limit();
    boolean isHole = false;
    for (int at = 0; at < end; at += BLOCK_BYTES) {
      int length = Math.min(BLOCK_BYTES, end - at);
      isHole = Arrays.equals(bytes, at, at + length, ZEROS, 0, length);
      if (!isHole) {
        ByteBuffer block = ByteBuffer.wrap(bytes, at, length);
        while (block.hasRemaining()) {
          out.write(block, position + at + length - block.remaining());
        }
      }
    }
    return isHole;
  }
}
