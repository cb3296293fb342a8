package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.worker.workspace.WorkspaceView.Found;
import dev.stepbox.layercache.TreePath;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Copies files of a workspace to a directory of this process's own user. Regular files and, where
 * asked for, symbolic links as they are; nothing is ever followed, and nothing lands outside the
 * directory.
 */
public final class KeptFiles {
  /** Most files of one step. */
  public static final int MAX_FILES = 100_000;

  /** Most bytes of one step: 64 GiB. */
  public static final long MAX_BYTES = 64L << 30;

  private static final int PERMISSIONS = 0777;
  private static final int OWNER_CAN_READ_AND_WRITE = 0600;

  private final Path directory;
  private final Path scratch;
  private final Links links;
  private final KeptBytes bytes;
  private final BooleanSupplier stop;

  /**
   * Copies to a directory.
   *
   * @param directory made when the first file comes
   * @param scratch for unfinished files, on the same file system
   * @param bytes counts what is written
   * @param stop asked before each file and each piece of it; true ends the work
   */
  public KeptFiles(
      Path directory, Path scratch, Links links, KeptBytes bytes, BooleanSupplier stop) {
    this.directory = directory;
    this.scratch = scratch;
    this.links = links;
    this.bytes = bytes;
    this.stop = stop;
  }

  /** What happens to symbolic links. */
  public enum Links {
    /** They are left out. */
    LEFT_OUT,
    /** They are made again with the same text. */
    KEPT
  }

  /** What became of one file of the workspace. */
  public sealed interface Kept {
    /** Copied. */
    record Stored(String path, long bytes) implements Kept {}

    /** Not copied, and why, for people. */
    record LeftOut(String because) implements Kept {}

    /** Not copied, since the work was asked to end. */
    record Stopped() implements Kept {}

    /** Not copied, nor can more be, and why, for people. */
    record Full(String because) implements Kept {}
  }

  /** Why the files cannot be kept at all, for people; empty when they can. */
  public static String excess(List<Found> files) {
    if (files.size() > MAX_FILES) {
      return "%d files match, the limit is %d. Match fewer, or pack them into an archive."
          .formatted(files.size(), MAX_FILES);
    }
    long bytes = 0;
    for (Found file : files) {
      bytes += Math.min(file.entry().size(), MAX_BYTES + 1);
    }
    if (bytes > MAX_BYTES) {
      return "the files have more than %d bytes, which is the limit. Match fewer."
          .formatted(MAX_BYTES);
    }
    return "";
  }

  /** Whether the work was asked to end. */
  public boolean isStopped() {
    return stop.getAsBoolean();
  }

  /**
   * Copies one file, over an older one of its path.
   *
   * @throws AgentException {@link AgentErrorCode#STORE_FAILED}
   */
  public Kept keep(WorkspaceView view, Found file) throws InterruptedException {
    String name = file.text();
    if (name.chars().anyMatch(Character::isISOControl) || !Found.raw(name).equals(file.path())) {
      return new Kept.LeftOut(
          "'%s' is left out: its name is not plain text in UTF-8"
              .formatted(new TreePath(file.path())));
    }
    if (!bytes.take(KeptBytes.ENTRY_BYTES)) {
      return new Kept.Full(bytes.excess());
    }
    Path target = new TreePath(file.path()).in(directory);
    try {
      return switch (file.entry().kind()) {
        case FILE -> copy(view, file, target);
        case SYMBOLIC_LINK -> link(file, target);
        case DIRECTORY, OPAQUE_DIRECTORY, WHITEOUT, PIPE, SOCKET, DEVICE ->
            new Kept.LeftOut("'%s' is left out: it is no regular file".formatted(name));
      };
    } catch (FileAlreadyExistsException | NotDirectoryException e) {
      return new Kept.LeftOut(
          "'%s' is left out: '%s' is there already, and of another kind"
              .formatted(name, e.getFile()));
    } catch (IOException e) {
      throw failed(target, e);
    }
  }

  private Kept copy(WorkspaceView view, Found file, Path target)
      throws IOException, InterruptedException {
    Path parent = parentOf(target);
    Files.createDirectories(parent);
    Path temporary = Files.createTempFile(scratch, "kept-", ".part");
    try {
      try (SparseFile out = new SparseFile(temporary, bytes, stop)) {
        long size = view.readData(file, (at, data) -> out.write(at, data, data.length));
        switch (out.state()) {
          case STOPPED -> {
            return new Kept.Stopped();
          }
          case FULL -> {
            return new Kept.Full(bytes.excess());
          }
          case GOES_ON -> out.end(size);
        }
      }
      int mode = (file.entry().mode() & PERMISSIONS) | OWNER_CAN_READ_AND_WRITE;
      Files.setAttribute(temporary, "unix:mode", mode);
      Files.setLastModifiedTime(
          temporary, FileTime.from(file.entry().modifiedNanos(), TimeUnit.NANOSECONDS));
      if (Files.isDirectory(target)) {
        throw new FileAlreadyExistsException(target.toString());
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      return new Kept.Stored(file.text(), Files.size(target));
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Kept link(Found file, Path target) throws IOException {
    String text = Found.text(file.entry().rawLink());
    if (links == Links.LEFT_OUT || !Found.raw(text).equals(file.entry().rawLink())) {
      return new Kept.LeftOut(
          "'%s' is left out: it is a symbolic link. Match the file it leads to."
              .formatted(file.text()));
    }
    Files.createDirectories(parentOf(target));
    Files.deleteIfExists(target);
    Files.createSymbolicLink(target, Path.of(text));
    return new Kept.Stored(file.text(), 0);
  }

  private Path parentOf(Path target) {
    Path parent = target.getParent();
    return parent == null ? directory : parent;
  }

  private static AgentException failed(Path target, IOException cause) {
    String why =
        cause instanceof FileSystemException e && e.getReason() != null
            ? e.getReason()
            : cause.toString();
    return new AgentException(
        AgentErrorCode.STORE_FAILED,
        "cannot keep a file of the workspace as '%s': %s. Check the disk under STEPBOX_HOME."
            .formatted(target, why),
        cause);
  }
}
