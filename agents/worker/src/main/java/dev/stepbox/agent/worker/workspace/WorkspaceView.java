package dev.stepbox.agent.worker.workspace;

import dev.stepbox.isolation.DataSink;
import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A workspace as steps see it: its layers laid over each other, without a mount. Follows no
 * symbolic link. Paths are those of {@link IdMappedTrees}. Only good as long as no step runs.
 */
public final class WorkspaceView {
  /**
   * Most bytes that one search holds: names, texts of links, and {@value Matches#ENTRY_BYTES} for
   * each file.
   */
  public static final long HELD_BYTES_MAX = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(WorkspaceView.class);
  private static final int STOP_ASKED_EVERY = 1024;

  private final IdMappedTrees trees;
  private final List<Path> layers;
  private final long heldBytesMax;

  /**
   * A view of layers.
   *
   * @param layers directories of the store, the lowest first; the write layer is the last
   */
  WorkspaceView(IdMappedTrees trees, List<Path> layers) {
    this(trees, layers, HELD_BYTES_MAX);
  }

  WorkspaceView(IdMappedTrees trees, List<Path> layers, long heldBytesMax) {
    this.trees = trees;
    this.layers = List.copyOf(layers);
    this.heldBytesMax = heldBytesMax;
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

  /**
   * What a search brought.
   *
   * @param files sorted by path
   * @param excess why they are not all, for people; empty when they are
   */
  public record Search(List<Found> files, String excess) {}

  /** Like {@link #find(FileGlobs, BooleanSupplier)}, to its end. */
  Search find(FileGlobs globs) throws InterruptedException {
    return find(globs, () -> false);
  }

  /**
   * Files, links and other things but directories that globs mean. Only these are held in memory,
   * and of them at most {@link #HELD_BYTES_MAX}.
   *
   * @param stop asked again and again; true ends the search with what it has
   */
  public Search find(FileGlobs globs, BooleanSupplier stop) throws InterruptedException {
    var matches = new Matches(globs, heldBytesMax);
    try {
      for (String root : globs.roots()) {
        collect(Found.raw(root), matches, stop);
      }
    } catch (CancellationException e) {
      LOG.debug("a search ends early", e);
    }
    return matches.isTooMuch()
        ? new Search(
            List.of(),
            "the names of the files that match take more than %d bytes, which is the limit. %s"
                .formatted(heldBytesMax, "Match fewer, or pack them into an archive."))
        : new Search(matches.files(), "");
  }

  /** Writes the content of a regular file to {@code out}, which stays open. */
  public void read(Found file, OutputStream out) throws InterruptedException {
    trees.read(file.layer(), file.path(), out);
  }

  /** Hands the data of a regular file to {@code sink}, and returns its size with its holes. */
  public long readData(Found file, DataSink sink) throws InterruptedException {
    return trees.readData(file.layer(), file.path(), sink);
  }

  private void collect(String root, Matches matches, BooleanSupplier stop)
      throws InterruptedException {
    for (Path layer : layersOf(root, matches).reversed()) {
      int[] seen = {0};
      trees.listBare(
          root.isEmpty() ? layer : inLayer(layer, root),
          entry -> {
            if (matches.isTooMuch() || (++seen[0] % STOP_ASKED_EVERY == 0 && stop.getAsBoolean())) {
              throw new CancellationException("the rest of the list is not needed");
            }
            if (!entry.path().isEmpty()) {
              String path = root.isEmpty() ? entry.path() : root + "/" + entry.path();
              matches.lay(new Found(path, entry, layer));
            }
          });
    }
  }

  /** A path of a layer for listing; a root with bytes that are no text is not found there. */
  private static Path inLayer(Path layer, String root) {
    return layer.resolve(Found.text(root));
  }

  /**
   * The layers that have {@code root} as a directory and are not hidden by one above, the topmost
   * first. Where it is something else than a directory, it is put into {@code matches}.
   */
  private List<Path> layersOf(String root, Matches matches) throws InterruptedException {
    List<Path> having = new ArrayList<>();
    for (Path layer : layers.reversed()) {
      Look look = look(layer, root);
      if (look.entry() != null && isDirectory(look.entry())) {
        having.add(layer);
      } else if (look.entry() != null && having.isEmpty() && look.entry().kind() != Kind.WHITEOUT) {
        matches.lay(new Found(root, look.entry(), layer));
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

  static boolean isDirectory(TreeEntry entry) {
    return entry.kind() == Kind.DIRECTORY || entry.kind() == Kind.OPAQUE_DIRECTORY;
  }
}
