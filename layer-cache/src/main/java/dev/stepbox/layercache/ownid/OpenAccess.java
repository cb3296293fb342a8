package dev.stepbox.layercache.ownid;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reaches files that their own owner has locked himself out of. */
final class OpenAccess {
  private static final int OWNER_ALL = 0700;

  private OpenAccess() {}

  /** Something done to a file. */
  interface Action<T> {
    T on(Path file) throws IOException;
  }

  /** Does it; where permission is denied, with the permission given for that long. */
  static <T> T to(Path file, FileStatus status, Action<T> action) throws IOException {
    try {
      return action.on(file);
    } catch (AccessDeniedException denied) {
      if (status.isLink() || (status.permissions() & OWNER_ALL) == OWNER_ALL) {
        throw denied;
      }
      setMode(file, status.permissions() | OWNER_ALL);
      try {
        return action.on(file);
      } finally {
        setMode(file, status.permissions());
      }
    }
  }

  /** Sets all bits of the mode. The file is not a link. */
  static void setMode(Path file, int mode) throws IOException {
    Files.setAttribute(file, "unix:mode", mode);
  }
}
