package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.IdMap.Writer;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Gives files that this process made to the supervisor, which is id 0 of the build's namespace.
 * That is this process's own user, except when it is real root, which is never mapped; then it is
 * id 0 of steps, too.
 */
final class Adoption {
  private final @Nullable Integer uid;
  private final @Nullable Integer gid;

  private Adoption(@Nullable Integer uid, @Nullable Integer gid) {
    this.uid = uid;
    this.gid = gid;
  }

  static Adoption of(IdMap ids) {
    boolean isRoot = ids.writer() == Writer.DIRECT && ids.outsideOfZero() != 0;
    return isRoot
        ? new Adoption((int) ids.outsideOfZero(), (int) ids.outsideOfGroupZero())
        : new Adoption(null, null);
  }

  /** The user that directories for the supervisor must belong to, null for our own. */
  @Nullable Integer owner() {
    return uid;
  }

  /** Gives a tree away, links themselves and not what they point to. */
  void adopt(Path tree) {
    if (uid == null) {
      return;
    }
    try {
      Files.walkFileTree(
          tree,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
                throws IOException {
              give(path);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
                throws IOException {
              give(path);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.TREE_FAILED,
          "cannot hand '%s' over to the build: %s".formatted(tree, e),
          e);
    }
  }

  private void give(Path path) throws IOException {
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
  }
}
