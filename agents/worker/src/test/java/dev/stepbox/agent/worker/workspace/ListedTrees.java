package dev.stepbox.agent.worker.workspace;

import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.TreeChange;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Trees that exist only as lists, for tests of what overlays make of them: a line for each entry,
 * its path and a mark for its kind. {@code d} is a directory, {@code o} an opaque one, {@code w} a
 * whiteout, {@code l} a link, {@code f} a file whose content is the name of its layer.
 */
final class ListedTrees implements IdMappedTrees {
  private final Map<Path, TreeMap<String, Kind>> layers = new TreeMap<>();
  private final long fileBytes;

  ListedTrees() {
    this(1);
  }

  /** Trees whose files claim a size. */
  ListedTrees(long fileBytes) {
    this.fileBytes = fileBytes;
  }

  Path layer(String name, String... lines) {
    var entries = new TreeMap<String, Kind>();
    for (String line : lines) {
      String path = line.substring(2);
      for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        entries.putIfAbsent(path.substring(0, slash), Kind.DIRECTORY);
      }
      entries.put(path, kind(line.charAt(0)));
    }
    Path directory = Path.of("/store", name);
    layers.put(directory, entries);
    return directory;
  }

  private static Kind kind(char mark) {
    return switch (mark) {
      case 'd' -> Kind.DIRECTORY;
      case 'o' -> Kind.OPAQUE_DIRECTORY;
      case 'w' -> Kind.WHITEOUT;
      case 'l' -> Kind.SYMBOLIC_LINK;
      case 'f' -> Kind.FILE;
      default -> throw new IllegalArgumentException("no kind " + mark);
    };
  }

  @Override
  public int ids() {
    return 1;
  }

  @Override
  public void adopt(Path tree) {
    throw new UnsupportedOperationException("trees of a list are only read");
  }

  @Override
  public void lend(Path directory) {
    throw new UnsupportedOperationException("trees of a list are only read");
  }

  @Override
  public void apply(Path tree, List<TreeChange> changes) {
    throw new UnsupportedOperationException("trees of a list are only read");
  }

  @Override
  public void remove(Path tree) {
    throw new UnsupportedOperationException("trees of a list are only read");
  }

  @Override
  public TreeSize measure(Path tree) {
    throw new UnsupportedOperationException("trees of a list are only read");
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> sink) {
    layers.forEach((layer, entries) -> {
      if (tree.startsWith(layer)) {
        String below = layer.relativize(tree).toString();
        String prefix = below.isEmpty() ? "" : below + "/";
        entries.forEach((path, kind) -> {
          if (path.startsWith(prefix)) {
            sink.accept(entry(path.substring(prefix.length()), kind));
          }
        });
      }
    });
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, String path) {
    if (path.isEmpty()) {
      return Optional.of(entry("", Kind.DIRECTORY));
    }
    TreeMap<String, Kind> entries = layers.getOrDefault(tree, new TreeMap<>());
    return Optional.ofNullable(entries.get(path)).map(kind -> entry(path, kind));
  }

  private TreeEntry entry(String path, Kind kind) {
    return new TreeEntry(path, kind, 0644, 0, 0, fileBytes, 0, 1, 1, "", new TreeMap<>());
  }

  @Override
  public void copy(Path sourceTree, String source, Path targetTree, String target) {
    throw new UnsupportedOperationException("trees of a list are only read");
  }

  @Override
  public void read(Path tree, String path, OutputStream out) {
    try {
      out.write(String.valueOf(tree.getFileName()).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void sync(Path tree) {}
}
