package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The directory for sockets, which may lie where everybody can make one of its name. */
final class RuntimeDirectory {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private RuntimeDirectory() {}

  /**
   * Makes it, or makes sure that it is a directory that nobody else can write to.
   *
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE} when it is a link, or belongs
   *     to somebody else
   */
  static void make(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(directory, PRIVATE);
    } catch (FileAlreadyExistsException ignored) {
      // Usual. But whose is it?
      requireOurs(directory);
      Files.setAttribute(directory, "unix:mode", 0700, LinkOption.NOFOLLOW_LINKS);
    }
  }

  private static void requireOurs(Path directory) throws IOException {
    Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !self.equals(owner)) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          ("cannot keep sockets in '%s': it is a link, or belongs to another user. Remove it, or"
                  + " set XDG_RUNTIME_DIR, or give STEPBOX_HOME a shorter path.")
              .formatted(directory));
    }
  }
}
