package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreeEntry.Kind;
import dev.stepbox.layercache.TreePath;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Tells whether two entries are the same, times apart. */
final class Sameness {
  private final IdMappedTree port;
  private final StackView common;
  private final long comparedBytesMax;
  private long comparedBytes;
  private final Map<Change, Boolean> asBefore = new HashMap<>();

  /**
   * Compares.
   *
   * @param common what was there before the branches
   * @param comparedBytesMax how many bytes of data are read at most, holes not counted
   */
  Sameness(IdMappedTree port, StackView common, long comparedBytesMax) {
    this.port = port;
    this.common = common;
    this.comparedBytesMax = comparedBytesMax;
  }

  boolean isSame(Change one, Change other) throws InterruptedException {
    if (one.isGone() || other.isGone()) {
      return one.isGone() && other.isGone();
    }
    return one.isOpaque() == other.isOpaque()
        && isSame(one.entry(), one.tree(), other.entry(), other.tree());
  }

  /** Whether a branch has a path only because something near it was changed. */
  boolean isAsBefore(Change change) throws InterruptedException {
    Boolean known = asBefore.get(change);
    if (known == null) {
      known = compareWithCommon(change);
      asBefore.put(change, known);
    }
    return known;
  }

  private boolean compareWithCommon(Change change) throws InterruptedException {
    Optional<StackView.Found> before = common.find(change.entry().path());
    if (change.isGone() || change.isOpaque()) {
      return change.isGone() && before.isEmpty();
    }
    return before.isPresent()
        && isSame(change.entry(), change.tree(), before.get().entry(), before.get().tree());
  }

  /** What was at a path before the branches. */
  Optional<TreeEntry> before(TreePath path) throws InterruptedException {
    return common.find(path).map(StackView.Found::entry);
  }

  private boolean isSame(TreeEntry one, Path oneTree, TreeEntry other, Path otherTree)
      throws InterruptedException {
    if (one.isDirectory() && other.isDirectory()) {
      return hasSameMetadata(one, other);
    }
    return one.kind() == other.kind()
        && hasSameMetadata(one, other)
        && one.size() == other.size()
        && one.rawLink().equals(other.rawLink())
        && (one.kind() != Kind.FILE
            || Arrays.equals(content(oneTree, one.path()), content(otherTree, other.path())));
  }

  private static boolean hasSameMetadata(TreeEntry one, TreeEntry other) {
    boolean isLink = one.kind() == Kind.SYMBOLIC_LINK;
    return (isLink || one.mode() == other.mode())
        && one.uid() == other.uid()
        && one.gid() == other.gid()
        && one.rawXattrs().equals(other.rawXattrs());
  }

  private byte[] content(Path tree, TreePath path) throws InterruptedException {
    var digest = new SparseDigest();
    long ignored =
        port.readData(
            tree,
            path,
            (at, data) -> {
              comparedBytes += data.length;
              if (comparedBytes > comparedBytesMax) {
                throw new LayerCacheException(
                    Code.LIMIT_EXCEEDED,
                    ("cannot compare '%s' in parallel branches: the files that several of them"
                            + " have take more than %d bytes (limit comparedBytesMax). Let only"
                            + " one branch write them.")
                        .formatted(path, comparedBytesMax));
              }
              digest.add(at, data);
              return true;
            });
    return digest.end();
  }
}
