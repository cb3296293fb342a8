package dev.stepbox.layercache.ownid;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.TreeSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The port for machines without subordinate ids: every file belongs to the user who runs us, who is
 * id 0 inside. Owners are squashed to that id. Pipes and extended attributes outside the {@code
 * user} name space cannot be made, and whiteouts take their form as extended attribute, which
 * kernels read from 6.7 on. Sizes are rounded up to blocks, as the JDK does not tell holes.
 */
public final class OwnIdTree implements IdMappedTree {
  private static final int BLOCK_BYTES = 4096;

  @Override
  public int ids() {
    return 1;
  }

  @Override
  public void adopt(Path tree) {
    // Everything belongs to the own id already.
  }

  @Override
  public void lend(Path directory) {
    // Nobody else writes there.
  }

  @Override
  public List<TreeChange> apply(Path tree, List<TreeChange> changes) {
    if (changes.size() > CHANGES_MAX) {
      throw new IllegalArgumentException(
          "%d changes at a time, at most %d".formatted(changes.size(), CHANGES_MAX));
    }
    List<TreeChange> impossible = new ArrayList<>();
    TreePath checked = TreePath.ROOT;
    for (TreeChange change : changes) {
      try {
        // Changes come directory by directory, so the parents are mostly those of the last one.
        if (!change.path().parent().equals(checked)) {
          requireParents(tree, change.path());
          checked = change.path().parent();
        }
        if (!apply(tree, change)) {
          impossible.add(change);
        }
      } catch (IOException e) {
        String verb = "change (%s)".formatted(change.getClass().getSimpleName());
        throw StoreFailures.of(verb, change.path().in(tree), e);
      }
    }
    return impossible;
  }

  private static boolean apply(Path tree, TreeChange change) throws IOException {
    Path file = change.path().in(tree);
    return switch (change) {
      case TreeChange.Owner _ -> true;
      case TreeChange.Pipe _ -> false;
      case TreeChange.Mode(_, int mode) -> {
        requireNoLink(file);
        OpenAccess.setMode(file, mode);
        yield true;
      }
      case TreeChange.Modified(_, long seconds, int nanos) -> {
        FileTime time = FileTime.from(Instant.ofEpochSecond(seconds, nanos));
        Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .setTimes(time, time, null);
        yield true;
      }
      case TreeChange.SetXattr(_, String name, String rawValue) -> {
        boolean isPossible = name.startsWith(Xattrs.NAMESPACE) && !FileStatus.of(file).isLink();
        yield isPossible && hasSet(file, name, rawValue);
      }
      case TreeChange.Whiteout _ -> {
        Whiteouts.create(file);
        yield true;
      }
      case TreeChange.Opaque _ -> {
        Xattrs.set(file, Xattrs.OPAQUE, "y");
        yield true;
      }
    };
  }

  /** Whether the file system could hold the attribute: many give them little space. */
  private static boolean hasSet(Path file, String name, String rawValue) throws IOException {
    FileStatus.of(file);
    try {
      Xattrs.set(file, name, rawValue);
      return true;
    } catch (IOException ignored) {
      // Whether it was too large, or not supported, only the text of the error would tell.
      return false;
    }
  }

  private static void requireNoLink(Path file) throws IOException {
    if (FileStatus.of(file).isLink()) {
      throw new IOException("it is a symbolic link, which has no mode");
    }
  }

  private static void requireParents(Path tree, TreePath path) throws IOException {
    for (TreePath at = path.parent(); !at.isRoot(); at = at.parent()) {
      if (!FileStatus.of(at.in(tree)).isDirectory()) {
        throw new IOException("'%s' above it is not a directory".formatted(at));
      }
    }
  }

  @Override
  public void remove(Path tree) {
    run("remove", tree, () -> TreeRemoval.of(tree));
  }

  @Override
  public TreeSize measure(Path tree) {
    long[] sums = new long[2];
    Set<Long> counted = new HashSet<>();
    run(
        "measure",
        tree,
        () ->
            TreeWalk.below(
                tree,
                (_, _, status) -> {
                  sums[1]++;
                  if (status.links() == 1 || status.isDirectory() || counted.add(status.inode())) {
                    sums[0] += Math.ceilDiv(status.size(), BLOCK_BYTES) * BLOCK_BYTES;
                  }
                }));
    return new TreeSize(sums[0], sums[1]);
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> visitor) {
    run(
        "list",
        tree,
        () ->
            TreeWalk.below(tree, (file, path, status) -> visitor.accept(status.entry(file, path))));
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, TreePath path) {
    Path at = tree;
    try {
      for (String name : path.rawNames()) {
        if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS) || !FileStatus.of(at).isDirectory()) {
          return Optional.empty();
        }
        at = at.resolve(TreePath.ROOT.child(name).in(Path.of("")));
      }
      return Files.exists(at, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(FileStatus.of(at).entry(at, path))
          : Optional.empty();
    } catch (IOException e) {
      throw StoreFailures.of("read", at, e);
    }
  }

  @Override
  public void copy(Path fromTree, TreePath from, Path toTree, TreePath to) {
    run(
        "copy",
        from.in(fromTree),
        () -> {
          requireParents(fromTree, from);
          requireParents(toTree, to);
          TreeCopy.of(from.in(fromTree), to.in(toTree));
        });
  }

  @Override
  public void read(Path tree, TreePath path, OutputStream out) {
    run(
        "read",
        path.in(tree),
        () -> {
          requireParents(tree, path);
          FileStatus status = FileStatus.of(path.in(tree));
          if (!status.isFile()) {
            throw new LayerCacheException(
                Code.STORE_UNUSABLE,
                "cannot read '%s': it is not a regular file. Name a file.".formatted(path));
          }
          OpenAccess.to(
              path.in(tree),
              status,
              file -> {
                try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                  return in.transferTo(out);
                }
              });
        });
  }

  @Override
  public void sync(Path tree) {
    run(
        "write to disk",
        tree,
        () -> {
          TreeWalk.below(
              tree,
              (file, _, status) -> {
                if (status.isFile() || status.isDirectory()) {
                  OpenAccess.to(file, status, OwnIdTree::force);
                }
              });
          force(tree);
        });
  }

  private static Path force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
    return file;
  }

  /** Work that can fail. */
  private interface Work {
    void run() throws IOException;
  }

  private static void run(String verb, Path path, Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw StoreFailures.of(verb, path, e);
    }
  }
}
