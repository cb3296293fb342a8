package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.TreeSize;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Unpacks archives in a directory of a test, and remembers what the port was asked for. */
final class Unpacking {
  private final Path base;
  private final List<TreeChange> changes = new ArrayList<>();
  private final int ids;
  private Limits limits = LimitsBuilder.defaults().build();
  private int count;
  private List<String> notices = List.of();
  private UnpackedLayer.Below below = new NothingBelow();

  Unpacking(Path base, int ids) {
    this.base = base;
    this.ids = ids;
  }

  Unpacking limits(Limits chosen) {
    limits = chosen;
    return this;
  }

  Unpacking over(Path lowerTree) {
    below = new TreeBelow(lowerTree);
    return this;
  }

  /** The root of the unpacked layer. */
  Path unpack(byte[] archive) throws IOException, InterruptedException {
    return unpack(new BytesFeed(archive, 10_000));
  }

  Path unpack(ByteFeed archive) throws IOException, InterruptedException {
    count++;
    Path tree = Files.createDirectory(base.resolve("layer" + count));
    Path manifest = base.resolve("manifest" + count);
    changes.clear();
    UnpackedLayer layer = LayerUnpacker.unpack(archive, tree, manifest, limits, ids, (_, _) -> {});
    layer.borrow(below);
    layer.finish(new Recorder());
    notices = layer.content().notices().lines();
    return tree;
  }

  List<TreeChange> changes() {
    return changes;
  }

  List<String> notices() {
    return notices;
  }

  Path manifest() {
    return base.resolve("manifest" + count);
  }

  static Map<String, TreeEntry> list(Path tree) {
    Map<String, TreeEntry> entries = new TreeMap<>();
    new OwnIdTree().list(tree, entry -> entries.put(entry.path().raw(), entry));
    return entries;
  }

  static TreeEntry entry(Path tree, String path) {
    return new OwnIdTree().entry(tree, new TreePath(path)).orElseThrow();
  }

  /** Nothing is below. */
  static final class NothingBelow implements UnpackedLayer.Below {
    @Override
    public Optional<TreeEntry> find(TreePath path) {
      return Optional.empty();
    }

    @Override
    public void copy(TreePath path, Path toTree, TreePath to) {
      throw new IllegalStateException("nothing is below");
    }
  }

  /** One layer is below. */
  private record TreeBelow(Path tree) implements UnpackedLayer.Below {
    @Override
    public Optional<TreeEntry> find(TreePath path) {
      return new OwnIdTree().entry(tree, path);
    }

    @Override
    public void copy(TreePath path, Path toTree, TreePath to) {
      new OwnIdTree().copy(tree, path, toTree, to);
    }
  }

  /** Does what the implementation for one id does, but claims to have more. */
  private final class Recorder implements IdMappedTree {
    private final OwnIdTree real = new OwnIdTree();

    @Override
    public int ids() {
      return ids;
    }

    @Override
    public void adopt(Path tree) {
      real.adopt(tree);
    }

    @Override
    public void lend(Path directory) {
      real.lend(directory);
    }

    @Override
    public List<TreeChange> apply(Path tree, List<TreeChange> batch) {
      changes.addAll(batch);
      return real.apply(tree, batch);
    }

    @Override
    public void remove(Path tree) {
      real.remove(tree);
    }

    @Override
    public TreeSize measure(Path tree) {
      return real.measure(tree);
    }

    @Override
    public void list(Path tree, Consumer<TreeEntry> visitor) {
      real.list(tree, visitor);
    }

    @Override
    public Optional<TreeEntry> entry(Path tree, TreePath path) {
      return real.entry(tree, path);
    }

    @Override
    public void copy(Path fromTree, TreePath from, Path toTree, TreePath to) {
      real.copy(fromTree, from, toTree, to);
    }

    @Override
    public void read(Path tree, TreePath file, OutputStream out) {
      real.read(tree, file, out);
    }

    @Override
    public void sync(Path tree) {
      real.sync(tree);
    }
  }
}
