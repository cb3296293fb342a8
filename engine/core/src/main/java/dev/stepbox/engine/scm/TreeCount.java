package dev.stepbox.engine.scm;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.TreeWalk;

/** Counts what a commit would write out, before anything of it is held or written. */
final class TreeCount {
  private final Repository repository;
  private final int directoriesAbove;
  private final long nameBytesMax;
  private final Written written;
  private final BooleanSupplier stop;

  /**
   * A count.
   *
   * @param directoriesAbove how many directories the one lies in that would be written to
   * @param written what counts
   * @param stop asked for each entry; true ends the count
   */
  TreeCount(
      Repository repository,
      int directoriesAbove,
      long nameBytesMax,
      Written written,
      BooleanSupplier stop) {
    this.stop = stop;
    this.repository = repository;
    this.directoriesAbove = directoriesAbove;
    this.nameBytesMax = nameBytesMax;
    this.written = written;
  }

  void count(RevCommit commit) throws IOException, InterruptedException {
    long nameBytes = 0;
    try (TreeWalk walk = new TreeWalk(repository)) {
      walk.addTree(commit.getTree());
      while (walk.next()) {
        if (stop.getAsBoolean()) {
          throw new InterruptedException("the checkout of '%s' was stopped".formatted(commit));
        }
        nameBytes += walk.getPathLength();
        if (nameBytes > nameBytesMax) {
          throw Written.tooMuch("the paths of it take more than %d bytes".formatted(nameBytesMax));
        }
        entry(walk);
      }
    }
  }

  private void entry(TreeWalk walk) throws IOException {
    int mode = walk.getRawMode(0);
    if (FileMode.TREE.equals(mode)) {
      written.directory(directoriesAbove + walk.getDepth() + 1);
      walk.enterSubtree();
    } else if (FileMode.GITLINK.equals(mode)) {
      written.directory(directoriesAbove + walk.getDepth() + 1);
    } else {
      written.file(walk.getObjectReader().getObjectSize(walk.getObjectId(0), Constants.OBJ_BLOB));
    }
  }
}
