package dev.stepbox.agent.worker;

import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.TreeSize;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The store's port, kept by a supervisor, as far as stages need it: nothing is imported. */
final class KeeperTrees implements IdMappedTree {
  private final IdMappedTrees trees;

  KeeperTrees(IdMappedTrees trees) {
    this.trees = trees;
  }

  @Override
  public int ids() {
    return trees.ids();
  }

  @Override
  public void adopt(Path tree) throws InterruptedException {
    trees.adopt(tree);
  }

  @Override
  public void lend(Path directory) throws InterruptedException {
    trees.lend(directory);
  }

  @Override
  public List<TreeChange> apply(Path tree, List<TreeChange> changes) throws InterruptedException {
    for (TreeChange change : changes) {
      String path = change.path().raw();
      trees.apply(
          tree,
          List.of(
              switch (change) {
                case TreeChange.Owner c ->
                    new dev.stepbox.isolation.TreeChange.Owner(path, c.uid(), c.gid());
                case TreeChange.Mode c -> new dev.stepbox.isolation.TreeChange.Mode(path, c.mode());
                case TreeChange.Modified c ->
                    new dev.stepbox.isolation.TreeChange.Modified(path, c.seconds(), c.nanos());
                case TreeChange.SetXattr c ->
                    new dev.stepbox.isolation.TreeChange.Attribute(path, c.name(), c.rawValue());
                case TreeChange.Whiteout _ -> new dev.stepbox.isolation.TreeChange.Whiteout(path);
                case TreeChange.Opaque _ -> new dev.stepbox.isolation.TreeChange.Opaque(path);
                case TreeChange.Pipe c -> new dev.stepbox.isolation.TreeChange.Pipe(path, c.mode());
              }));
    }
    return List.of();
  }

  @Override
  public void remove(Path tree) throws InterruptedException {
    trees.remove(tree);
  }

  @Override
  public TreeSize measure(Path tree) throws InterruptedException {
    IdMappedTrees.TreeSize size = trees.measure(tree);
    return new TreeSize(size.bytes(), size.entries());
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> visitor) {
    throw new UnsupportedOperationException("a stage lists no tree of the store");
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, TreePath path) {
    throw new UnsupportedOperationException("a stage lists no tree of the store");
  }

  @Override
  public void copy(Path fromTree, TreePath from, Path toTree, TreePath to)
      throws InterruptedException {
    trees.copy(fromTree, from.raw(), toTree, to.raw());
  }

  @Override
  public void read(Path tree, TreePath file, OutputStream out) throws InterruptedException {
    trees.read(tree, file.raw(), out);
  }

  @Override
  public void sync(Path tree) throws InterruptedException {
    trees.sync(tree);
  }
}
