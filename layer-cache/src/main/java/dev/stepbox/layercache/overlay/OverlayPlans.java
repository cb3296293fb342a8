package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.OverlayPlan;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.OverlayPlan.Writes;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.RootPlan;
import dev.stepbox.layercache.store.StoreLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the directories of overlay mounts. Layers of the host image have a part for each
 * directory of the host and one for the root; all others are one tree.
 */
public final class OverlayPlans {
  /** Name of the part of a host layer that is the root itself. */
  public static final String ROOT_PART = "rootfs";

  private final StoreLayout layout;
  private final int layersMax;

  public OverlayPlans(StoreLayout layout, int layersMax) {
    this.layout = layout;
    this.layersMax = layersMax;
  }

  /** The names of the parts that a write layer over an image has; none for a single tree. */
  public static List<String> parts(Image image) {
    if (image.hostDirectories().isEmpty()) {
      return List.of();
    }
    List<String> parts = new ArrayList<>();
    parts.add(ROOT_PART);
    image.hostDirectories().forEach(directory -> parts.add(part(directory)));
    return parts;
  }

  /**
   * The name of the part for a directory of the host: its path without the first slash, with every
   * other slash, percent sign and byte that is not printable ASCII as {@code %XX}.
   */
  public static String part(Path hostDirectory) {
    StringBuilder name = new StringBuilder();
    for (char c : RawPaths.raw(hostDirectory).substring(1).toCharArray()) {
      if (c > ' ' && c < '\u007f' && c != '/' && c != '%') {
        name.append(c);
      } else {
        name.append("%%%02X".formatted((int) c));
      }
    }
    return name.toString();
  }

  /**
   * What to mount for a root file system.
   *
   * @param writes directory of the write layer
   */
  public RootPlan root(Image image, List<LayerId> rootLayers, @Nullable Path writes) {
    List<LayerId> stack = new ArrayList<>(image.layers());
    stack.addAll(rootLayers);
    requireFits(stack.size());
    SequencedMap<String, OverlayPlan> mounts = new LinkedHashMap<>();
    if (image.hostDirectories().isEmpty()) {
      return new RootPlan(new OverlayPlan(trees(stack), writes(writes)), mounts);
    }
    for (Path directory : image.hostDirectories()) {
      List<Lower> lowers = new ArrayList<>();
      lowers.add(new Lower.OnHost(directory));
      lowers.addAll(parts(image, rootLayers, part(directory)));
      mounts.put(directory.toString(), new OverlayPlan(lowers, writes(writes, part(directory))));
    }
    return new RootPlan(
        new OverlayPlan(parts(image, rootLayers, ROOT_PART), writes(writes, ROOT_PART)), mounts);
  }

  /** What to mount for a workspace. */
  public OverlayPlan workspace(List<LayerId> layers, @Nullable Path writes) {
    requireFits(layers.size());
    List<Lower> lowers =
        layers.isEmpty() ? List.of(new Lower.InStore(relative(layout.empty()))) : trees(layers);
    return new OverlayPlan(lowers, writes(writes));
  }

  private void requireFits(int layers) {
    if (layers > layersMax) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          ("cannot stack %d layers, at most %d (limit layersMax)."
                  + " Use an image with fewer layers, or fewer stages behind each other.")
              .formatted(layers, layersMax));
    }
  }

  private List<Lower> trees(List<LayerId> layers) {
    return layers.stream().map(id -> inStore(tree(id))).toList();
  }

  /** A layer of a time when the host was taken apart in another way lacks some of the parts. */
  private List<Lower> parts(Image image, List<LayerId> rootLayers, String part) {
    List<Lower> lowers = new ArrayList<>();
    image.layers().forEach(id -> lowers.add(inStore(tree(id).resolve(part))));
    rootLayers.stream()
        .map(id -> tree(id).resolve(part))
        .filter(Files::isDirectory)
        .forEach(tree -> lowers.add(inStore(tree)));
    return lowers;
  }

  private Path tree(LayerId id) {
    return StoreLayout.tree(layout.layer(id));
  }

  private Lower inStore(Path path) {
    return new Lower.InStore(relative(path));
  }

  private @Nullable Writes writes(@Nullable Path directory) {
    return directory == null
        ? null
        : new Writes(relative(StoreLayout.tree(directory)), relative(StoreLayout.work(directory)));
  }

  private @Nullable Writes writes(@Nullable Path directory, String part) {
    return directory == null
        ? null
        : new Writes(
            relative(StoreLayout.tree(directory)).resolve(part),
            relative(StoreLayout.work(directory)).resolve(part));
  }

  private Path relative(Path path) {
    return layout.root().relativize(path);
  }
}
