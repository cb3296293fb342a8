package dev.stepbox.cli.wiring;

import dev.stepbox.isolation.plan.IdMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Lets the ids of builds pass through our own directories on the way to theirs, where they are not
 * our own id: real root is never mapped into a build, so what it keeps for itself is closed to its
 * builds. The group that stands for the build's group 0 may pass, and nobody else; to an ordinary
 * user nothing changes.
 */
final class Thoroughfare {

  private final @Nullable Integer group;

  private Thoroughfare(@Nullable Integer group) {
    this.group = group;
  }

  /** For the ids that builds of this process have. */
  static Thoroughfare of(IdMap ids) {
    return new Thoroughfare(isRealRoot(ids) ? (int) ids.outsideOfGroupZero() : null);
  }

  /** Whether these ids are those of builds of real root. */
  static boolean isRealRoot(IdMap ids) {
    return ids.writer() == IdMap.Writer.DIRECT && ids.outsideOfZero() != 0;
  }

  /** Opens a directory of ours for passing; made if it is not there. */
  void open(Path directory) {
    if (group == null) {
      return;
    }
    try {
      Files.createDirectories(directory);
      Files.setAttribute(directory, "unix:gid", group);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x---"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open '%s' for builds".formatted(directory), e);
    }
  }
}
