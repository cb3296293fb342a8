package dev.stepbox.cli.wiring;

import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.layercache.DataSink;
import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.TreeSize;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The layer store's port for files of other ids, kept by a supervisor of the isolation module. Both
 * sides speak of the same things in types of their own, since neither may see the other.
 */
final class SupervisedTrees implements IdMappedTree {

  private static final long NANOS = 1_000_000_000L;

  private final IdMappedTrees trees;

  SupervisedTrees(IdMappedTrees trees) {
    this.trees = trees;
  }

  @Override
  public int ids() {
    return trees.ids();
  }

  @Override
  public void adopt(Path tree) throws InterruptedException {
    call(() -> trees.adopt(tree));
  }

  @Override
  public void lend(Path directory) throws InterruptedException {
    call(() -> trees.lend(directory));
  }

  /** The supervisor stops at the first failure, so what may be refused is sent by itself. */
  @Override
  public List<TreeChange> apply(Path tree, List<TreeChange> changes) throws InterruptedException {
    List<TreeChange> refused = new ArrayList<>();
    List<dev.stepbox.isolation.TreeChange> batch = new ArrayList<>();
    for (TreeChange change : changes) {
      if (change instanceof TreeChange.SetXattr) {
        flush(tree, batch);
        if (!attempt(tree, change)) {
          refused.add(change);
        }
      } else if (!(change instanceof TreeChange.Owner && ids() == 1)) {
        batch.add(translate(change));
      }
    }
    flush(tree, batch);
    return List.copyOf(refused);
  }

  @Override
  public void remove(Path tree) throws InterruptedException {
    call(() -> trees.remove(tree));
  }

  @Override
  public TreeSize measure(Path tree) throws InterruptedException {
    IdMappedTrees.TreeSize size = ask(() -> trees.measure(tree));
    return new TreeSize(size.bytes(), Math.max(0, size.entries() - 1));
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> visitor) throws InterruptedException {
    call(() -> trees.list(tree, entry -> visitor.accept(translate(entry))));
  }

  @Override
  public void listBare(Path tree, Consumer<TreeEntry> visitor) throws InterruptedException {
    call(() -> trees.listBare(tree, entry -> visitor.accept(translate(entry))));
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, TreePath path) throws InterruptedException {
    return ask(() -> trees.entry(tree, path.raw())).map(SupervisedTrees::translate);
  }

  @Override
  public void copy(Path fromTree, TreePath from, Path toTree, TreePath to)
      throws InterruptedException {
    call(() -> trees.copy(fromTree, from.raw(), toTree, to.raw()));
  }

  @Override
  public void read(Path tree, TreePath file, OutputStream out) throws InterruptedException {
    call(() -> trees.read(tree, file.raw(), out));
  }

  @Override
  public long readData(Path tree, TreePath file, DataSink sink) throws InterruptedException {
    return ask(() -> trees.readData(tree, file.raw(), sink::take));
  }

  @Override
  public void sync(Path tree) throws InterruptedException {
    call(() -> trees.sync(tree));
  }

  private void flush(Path tree, List<dev.stepbox.isolation.TreeChange> batch)
      throws InterruptedException {
    if (!batch.isEmpty()) {
      List<dev.stepbox.isolation.TreeChange> sent = List.copyOf(batch);
      batch.clear();
      call(() -> trees.apply(tree, sent));
    }
  }

  /** Whether the file system took it: not all take every attribute, or one of every size. */
  private boolean attempt(Path tree, TreeChange change) throws InterruptedException {
    try {
      trees.apply(tree, List.of(translate(change)));
      return true;
    } catch (SandboxException e) {
      return switch (e.code()) {
        case TREE_FAILED, OUT_OF_RESOURCES -> false;
        case CANNOT_ISOLATE,
            CAP_NOT_ENFORCEABLE,
            NETWORK_UNAVAILABLE,
            MOUNT_FAILED,
            LAUNCHER_UNUSABLE,
            SUPERVISOR_LOST,
            PROTOCOL,
            INVALID_REQUEST ->
            throw translate(e);
      };
    }
  }

  private static dev.stepbox.isolation.TreeChange translate(TreeChange change) {
    String path = change.path().raw();
    return switch (change) {
      case TreeChange.Owner c -> new dev.stepbox.isolation.TreeChange.Owner(path, c.uid(), c.gid());
      case TreeChange.Mode c -> new dev.stepbox.isolation.TreeChange.Mode(path, c.mode());
      case TreeChange.Modified c ->
          new dev.stepbox.isolation.TreeChange.Modified(path, c.seconds(), c.nanos());
      case TreeChange.SetXattr c ->
          new dev.stepbox.isolation.TreeChange.Attribute(path, c.name(), c.rawValue());
      case TreeChange.Whiteout _ -> new dev.stepbox.isolation.TreeChange.Whiteout(path);
      case TreeChange.Opaque _ -> new dev.stepbox.isolation.TreeChange.Opaque(path);
      case TreeChange.Pipe c -> new dev.stepbox.isolation.TreeChange.Pipe(path, c.mode());
    };
  }

  private static TreeEntry translate(dev.stepbox.isolation.TreeEntry entry) {
    return new TreeEntry(
        new TreePath(entry.path()),
        kind(entry.kind()),
        entry.mode(),
        entry.uid(),
        entry.gid(),
        entry.size(),
        Math.floorDiv(entry.modifiedNanos(), NANOS),
        (int) Math.floorMod(entry.modifiedNanos(), NANOS),
        entry.links(),
        entry.inode(),
        entry.rawLink(),
        entry.rawAttributes());
  }

  private static TreeEntry.Kind kind(dev.stepbox.isolation.TreeEntry.Kind kind) {
    return switch (kind) {
      case FILE -> TreeEntry.Kind.FILE;
      case DIRECTORY -> TreeEntry.Kind.DIRECTORY;
      case OPAQUE_DIRECTORY -> TreeEntry.Kind.OPAQUE_DIRECTORY;
      case SYMBOLIC_LINK -> TreeEntry.Kind.SYMBOLIC_LINK;
      case WHITEOUT -> TreeEntry.Kind.WHITEOUT;
      case PIPE -> TreeEntry.Kind.PIPE;
      case SOCKET -> TreeEntry.Kind.SOCKET;
      case DEVICE -> TreeEntry.Kind.DEVICE;
    };
  }

  private static void call(Work work) throws InterruptedException {
    ask(() -> {
      work.run();
      return true;
    });
  }

  private static <T> T ask(Question<T> question) throws InterruptedException {
    try {
      return question.answer();
    } catch (SandboxException e) {
      throw translate(e);
    }
  }

  private static LayerCacheException translate(SandboxException e) {
    Code code =
        switch (e.code()) {
          case OUT_OF_RESOURCES -> Code.STORE_FULL;
          case TREE_FAILED -> Code.STORE_UNUSABLE;
          case CANNOT_ISOLATE,
              CAP_NOT_ENFORCEABLE,
              NETWORK_UNAVAILABLE,
              MOUNT_FAILED,
              LAUNCHER_UNUSABLE,
              SUPERVISOR_LOST,
              PROTOCOL,
              INVALID_REQUEST ->
              Code.TREE_UNREACHABLE;
        };
    return new LayerCacheException(code, String.valueOf(e.getMessage()), e);
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private interface Question<T> {
    T answer() throws InterruptedException;
  }
}
