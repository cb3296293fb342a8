package dev.stepbox.layercache.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImportReport;
import dev.stepbox.layercache.Layer;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.TreeSize;
import dev.stepbox.layercache.archive.Notices;
import dev.stepbox.layercache.archive.UnpackedLayer;
import dev.stepbox.layercache.image.SourceImage.SourceLayer;
import dev.stepbox.layercache.overlay.StackView;
import dev.stepbox.layercache.store.BlobStore;
import dev.stepbox.layercache.store.LayerRecord;
import dev.stepbox.layercache.store.LayerStore;
import dev.stepbox.layercache.store.Sizes;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings one image into the store. Nothing is visible before every digest is checked; what is there
 * already is used as it is.
 */
final class ImageImport {
  private final Store store;
  private final LayerStore layers;
  private final ImageIndex index;
  private final Lease lease;
  private final Notices notices = new Notices();
  private long entries;
  private long bytes;

  /**
   * Prepares an import.
   *
   * @param lease holds every layer of the image from the moment it is known to be needed
   */
  ImageImport(Store store, LayerStore layers, ImageIndex index, Lease lease) {
    this.store = store;
    this.layers = layers;
    this.index = index;
    this.lease = lease;
  }

  /** A layer of the image on its way into the store. */
  private record Placed(LayerId id, Path tree, @Nullable StagedLayer staged) {}

  ImportReport layered(SourceImage source, ImageFiles files, String name)
      throws InterruptedException {
    int count = source.layers().size();
    if (count == 0) {
      throw SourceFailures.unsupported(name, "the image has no layers");
    }
    if (count > store.limits().layersMax()) {
      throw new LayerCacheException(
          Code.LIMIT_EXCEEDED,
          "cannot use image source '%s': it has %d layers, at most %d (limit layersMax)"
              .formatted(name, count, store.limits().layersMax()));
    }
    List<SourceLayer> missing = new ArrayList<>();
    Map<Integer, LayerId> present = new HashMap<>();
    List<Digest> below = new ArrayList<>();
    for (int at = 0; at < count; at++) {
      below.add(source.layers().get(at).diffId());
      Optional<LayerId> known = known(below);
      if (known.isPresent()) {
        present.put(at, known.get());
      } else {
        missing.add(source.layers().get(at));
      }
    }
    Map<Digest, StagedLayer> staged = new LinkedHashMap<>();
    try {
      new LayerStaging(store).unpack(files, missing, staged);
      List<Placed> placed = place(source, present, staged);
      return commit(placed, source);
    } finally {
      discard(staged.values());
    }
  }

  /** The layer that the store has for the last of these, on top of the others. */
  private Optional<LayerId> known(List<Digest> diffIds) throws InterruptedException {
    for (LayerId id : List.of(alone(diffIds), onTop(diffIds))) {
      if (layers.has(id)) {
        try {
          lease.hold(id);
          layers.require(id);
          return Optional.of(id);
        } catch (LayerCacheException e) {
          // Reclaimed just now, or damaged: then it is unpacked again.
          if (e.code() == Code.STORE_CORRUPT) {
            layers.remove(id);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static LayerId alone(List<Digest> diffIds) {
    return new LayerId.Imported(diffIds.getLast());
  }

  /** The id of a layer that took something from those below it, so that they are part of it. */
  private static LayerId onTop(List<Digest> diffIds) {
    StringBuilder text = new StringBuilder("stack");
    diffIds.forEach(diffId -> text.append('\n').append(diffId));
    return new LayerId.Imported(BlobStore.digest(text.toString().getBytes(UTF_8)));
  }

  private List<Placed> place(
      SourceImage source, Map<Integer, LayerId> present, Map<Digest, StagedLayer> staged)
      throws InterruptedException {
    List<Placed> placed = new ArrayList<>();
    List<Digest> below = new ArrayList<>();
    Map<Digest, Placed> finished = new HashMap<>();
    for (int at = 0; at < source.layers().size(); at++) {
      Digest diffId = source.layers().get(at).diffId();
      below.add(diffId);
      LayerId known = present.get(at);
      Placed earlier = finished.get(diffId);
      if (known != null) {
        placed.add(new Placed(known, layers.tree(known), null));
      } else if (earlier != null) {
        placed.add(new Placed(earlier.id, earlier.tree, null));
      } else {
        StagedLayer layer = staged.get(diffId);
        if (layer == null) {
          throw new IllegalStateException("layer was not unpacked: " + diffId);
        }
        finish(layer, placed.stream().map(Placed::tree).toList());
        LayerId id = layer.unpacked().dependsOnLayersBelow() ? onTop(below) : alone(below);
        Placed one = new Placed(id, StoreLayout.tree(layer.directory()), layer);
        placed.add(one);
        finished.put(diffId, one);
      }
    }
    return placed;
  }

  /** Sets what a layer needs from those below it and from the port. */
  private void finish(StagedLayer layer, List<Path> below) throws InterruptedException {
    try {
      layer.unpacked().borrow(new Stack(new StackView(below, store.port())));
      store.port().adopt(StoreLayout.tree(layer.directory()));
      layer.unpacked().finish(store.port());
    } catch (IOException e) {
      throw StoreFailures.of(
          "unpack layer '%s' to".formatted(layer.diffId()), layer.directory(), e);
    }
    UnpackedLayer.Content content = layer.unpacked().content();
    entries += content.entries();
    bytes += content.bytes();
    notices.addAll(content.notices());
  }

  /** The layers below one that is being unpacked. */
  private record Stack(StackView view) implements UnpackedLayer.Below {
    @Override
    public Optional<TreeEntry> find(TreePath path) throws InterruptedException {
      return view.find(path).map(StackView.Found::entry);
    }

    @Override
    public void copy(TreePath path, Path toTree, TreePath to) throws InterruptedException {
      view.copy(path, toTree, to);
    }
  }

  private ImportReport commit(List<Placed> placed, SourceImage source) {
    byte[] document = source.document().getBytes(UTF_8);
    Image image =
        new Image(BlobStore.digest(document), source.config(), shown(placed), List.of(), List.of());
    int[] layersNew = {0};
    store.change(
        "add an image",
        () -> {
          for (Placed one : placed) {
            if (one.staged != null) {
              layersNew[0] += layers.has(one.id) ? 0 : 1;
              UnpackedLayer.Content content = one.staged.unpacked().content();
              new Sizes(store)
                  .note(
                      one.staged.directory(), new TreeSize(content.diskBytes(), content.entries()));
              layers.commit(one.staged.directory(), record(one, one.staged));
              lease.hold(one.id);
            }
          }
          new BlobStore(store).put(document);
          index.put(image);
        });
    return new ImportReport(image, layersNew[0], entries, bytes, notices.lines());
  }

  /** Without what lies below a layer that hides everything. */
  private List<LayerId> shown(List<Placed> placed) {
    List<LayerId> shown = new ArrayList<>();
    for (Placed one : placed) {
      boolean hides =
          one.staged == null
              ? layers.has(one.id) && layers.get(one.id).hidesAllBelow()
              : one.staged.unpacked().hidesAllBelow();
      if (hides) {
        shown.clear();
      }
      shown.add(one.id);
    }
    return shown;
  }

  private LayerRecord record(Placed one, StagedLayer staged) {
    return new LayerRecord(
        new Layer(one.id, Layer.Kind.IMPORTED, store.now()),
        store.bootId(),
        staged.unpacked().hidesAllBelow());
  }

  /** Lets go of what did not become part of the store. */
  private void discard(Iterable<StagedLayer> staged) throws InterruptedException {
    try {
      for (StagedLayer layer : staged) {
        layer.close();
        store.discard(layer.directory());
      }
      store.sweep();
    } catch (IOException e) {
      throw StoreFailures.of("clear", store.layout().root(), e);
    }
  }

  /** An image of a single layer whose digest nobody knows beforehand. */
  ImportReport single(StagedLayer layer, SourceOfConfig config) throws InterruptedException {
    try {
      finish(layer, List.of());
      LayerId id = new LayerId.Imported(layer.diffId());
      Placed placed = new Placed(id, StoreLayout.tree(layer.directory()), layer);
      return commit(List.of(placed), config.of(layer.diffId()));
    } finally {
      discard(List.of(layer));
    }
  }

  /** Makes the config of an image that comes without one. */
  interface SourceOfConfig {
    SourceImage of(Digest diffId);
  }
}
