package dev.stepbox.isolation.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/**
 * Makes named pipes. The first one costs a third of a second, since it loads a library for it;
 * nobody pays for that who makes none. For any number of threads.
 */
public final class NamedPipes {
  private static final int PERMISSIONS = 0777;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;

  /** Names that are no text of the JVM's own cannot be handed to the library as they are. */
  private static final String PART = ".stepbox-pipe-";

  private NamedPipes() {}

  /** Loaded with the first pipe. */
  private static final class Library {
    private static final POSIX NATIVE = POSIXFactory.getNativePOSIX();
  }

  /**
   * Makes a pipe with these permissions, whatever the mask of this process, and this time of its
   * last change; a file or link of the name is replaced. Nothing of the name is there before the
   * pipe is as it should be.
   *
   * @param mode permission bits
   * @throws IOException what the system says, or that the library cannot be loaded
   */
  public static void make(Path pipe, int mode, Instant modified) throws IOException {
    POSIX posix = library(pipe);
    Path part =
        pipe.resolveSibling(
            PART + ProcessHandle.current().pid() + "-" + Thread.currentThread().threadId());
    String name = plain(part);
    Files.deleteIfExists(part);
    require(posix, posix.mkfifo(name, mode & PERMISSIONS), "mkfifo", pipe);
    try {
      require(posix, posix.chmod(name, mode & PERMISSIONS), "chmod", pipe);
      // Not by the JDK: it opens what it gives a time to, and a pipe opens when somebody writes.
      long[] time = {modified.getEpochSecond(), modified.getNano()};
      require(
          posix,
          posix.utimensat(AT_FDCWD, name, time, time, AT_SYMLINK_NOFOLLOW),
          "utimensat",
          pipe);
      Files.move(part, pipe, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static POSIX library(Path pipe) throws IOException {
    try {
      return Library.NATIVE;
    } catch (LinkageError e) {
      throw new IOException(
          "cannot make the pipe '%s': no library for it: %s".formatted(pipe, e), e);
    }
  }

  private static String plain(Path path) throws IOException {
    String text = path.toString();
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text) || !Path.of(text).equals(path)) {
      throw new IOException(
          "cannot make a pipe in '%s': its name is not plain text".formatted(path.getParent()));
    }
    return text;
  }

  private static void require(POSIX posix, int result, String call, Path on) throws IOException {
    if (result != 0) {
      throw new IOException(
          "%s of '%s' failed: %s".formatted(call, on, posix.strerror(posix.errno())));
    }
  }
}
