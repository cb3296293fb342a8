package dev.stepbox.layercache.ownid;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Makes whiteouts without making devices: an empty file with an extended attribute. */
final class Whiteouts {
  private Whiteouts() {}

  /** Makes one; the parent gets the mark that tells the kernel to look for such files in it. */
  static void create(Path file) throws IOException {
    Path parent = Objects.requireNonNull(file.getParent());
    FileStatus status = FileStatus.of(parent);
    if ("y".equals(OpenAccess.to(parent, status, Xattrs::read).get(Xattrs.OPAQUE))) {
      // Nothing of the layers below shows here anyway.
      return;
    }
    Files.createFile(file);
    Xattrs.set(file, Xattrs.WHITEOUT, "y");
    Xattrs.set(parent, Xattrs.OPAQUE, "x");
  }
}
