package dev.stepbox.agent.worker.workspace;

import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A workspace as steps see it: its layers laid over each other, without a mount. Follows no
 * symbolic link. Paths are those of {@link IdMappedTrees}. Only good as long as no step runs.
 */
public final class WorkspaceView {
  private final IdMappedTrees trees;
  private final List<Path> layers;

  /**
   * A view of layers.
   *
   * @param layers directories of the store, the lowest first; the write layer is the last
   */
  WorkspaceView(IdMappedTrees trees, List<Path> layers) {
    this.trees = trees;
    this.layers = List.copyOf(layers);
  }

  /**
   * An entry of the view.
   *
   * @param path relative to the workspace, one character per byte
   * @param entry what it is; its own path is relative to something else
   * @param layer the directory that has it
   */
  public record Found(String path, TreeEntry entry, Path layer) {
    /** The path as text, for globs and people. */
    public String text() {
      return text(path);
    }

    static String text(String raw) {
      return new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    static String raw(String text) {
      return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
  }

  /** Files, links and other things but directories that globs mean, sorted by path. */
  public List<Found> find(FileGlobs globs) throws InterruptedException {
    SortedMap<String, Found> found = new TreeMap<>();
    for (String root : globs.roots()) {
      collect(Found.raw(root), found);
    }
    return found.values().stream()
        .filter(each -> !isDirectory(each.entry()) && globs.matches(each.text()))
        .toList();
  }

  /** Writes the content of a regular file to {@code out}, which stays open. */
  public void read(Found file, OutputStream out) throws InterruptedException {
    trees.read(file.layer(), file.path(), out);
  }

  private void collect(String root, SortedMap<String, Found> all) throws InterruptedException {
    SortedMap<String, Found> below = new TreeMap<>();
    for (Path layer : layersOf(root, below).reversed()) {
      List<TreeEntry> entries = new ArrayList<>();
      trees.list(root.isEmpty() ? layer : inLayer(layer, root), entries::add);
      for (TreeEntry entry : entries) {
        if (!entry.path().isEmpty()) {
          String path = root.isEmpty() ? entry.path() : root + "/" + entry.path();
          lay(new Found(path, entry, layer), below);
        }
      }
    }
    all.putAll(below);
  }

  /** A path of a layer for listing; a root with bytes that are no text is not found there. */
  private static Path inLayer(Path layer, String root) {
    return layer.resolve(Found.text(root));
  }

  /**
   * The layers that have {@code root} as a directory and are not hidden by one above, the topmost
   * first. Where it is something else than a directory, it is put into {@code found}.
   */
  private List<Path> layersOf(String root, SortedMap<String, Found> found)
      throws InterruptedException {
    List<Path> having = new ArrayList<>();
    for (Path layer : layers.reversed()) {
      Look look = look(layer, root);
      if (look.entry() != null && isDirectory(look.entry())) {
        having.add(layer);
      } else if (look.entry() != null && having.isEmpty() && look.entry().kind() != Kind.WHITEOUT) {
        found.put(root, new Found(root, look.entry(), layer));
      }
      if (look.hidesBelow()) {
        break;
      }
    }
    return having;
  }

  /**
   * What one layer says of a path.
   *
   * @param entry null when the layer does not have it
   * @param hidesBelow whether layers below do not matter any more
   */
  private record Look(@Nullable TreeEntry entry, boolean hidesBelow) {}

  private Look look(Path layer, String path) throws InterruptedException {
    boolean hides = false;
    if (path.isEmpty()) {
      return new Look(rootEntry(layer), false);
    }
    for (int end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      String part = end < 0 ? path : path.substring(0, end);
      Optional<TreeEntry> entry = trees.entry(layer, part);
      if (entry.isEmpty()) {
        return new Look(null, hides);
      }
      hides |= entry.get().kind() != Kind.DIRECTORY;
      if (end < 0) {
        return new Look(entry.get(), hides);
      }
      if (!isDirectory(entry.get())) {
        return new Look(null, true);
      }
    }
  }

  private @Nullable TreeEntry rootEntry(Path layer) throws InterruptedException {
    return trees.entry(layer, "").orElse(null);
  }

  private static void lay(Found upper, SortedMap<String, Found> view) {
    String path = upper.path();
    Found lower = view.get(path);
    switch (upper.entry().kind()) {
      case DIRECTORY -> {
        if (lower == null || !isDirectory(lower.entry())) {
          view.put(path, upper);
        }
      }
      case WHITEOUT -> {
        removeBelow(path, view);
        view.remove(path);
      }
      case OPAQUE_DIRECTORY, FILE, SYMBOLIC_LINK, PIPE, SOCKET, DEVICE -> {
        removeBelow(path, view);
        view.put(path, upper);
      }
    }
  }

  /** Everything that begins with the path and a slash; the next character after it is a zero. */
  private static void removeBelow(String path, SortedMap<String, Found> view) {
    view.subMap(path + "/", path + "0").clear();
  }

  private static boolean isDirectory(TreeEntry entry) {
    return entry.kind() == Kind.DIRECTORY || entry.kind() == Kind.OPAQUE_DIRECTORY;
  }
}
