package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.store.LeaseStore;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.Store.Durability;
import dev.stepbox.layercache.store.StoreRecord;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The records of images, of their names, and of the sources they came from. */
public final class ImageIndex implements LeaseStore.ImageLookup {
  private final Store store;

  public ImageIndex(Store store) {
    this.store = store;
  }

  void put(Image image) throws IOException {
    store.replace(store.layout().image(image.id()), ImageRecord.of(image), Durability.POWER_CUT);
  }

  /** The image with an id; empty when there is none. */
  public Optional<Image> find(Digest id) {
    Path file = store.layout().image(id);
    try {
      Optional<StoreRecord> record = store.read(file);
      if (record.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(ImageRecord.read(record.get()));
      } catch (Malformed e) {
        throw Store.corrupt(file, e);
      }
    } catch (IOException e) {
      throw StoreFailures.of("read image", file, e);
    }
  }

  Image get(Digest id) {
    return find(id)
        .orElseThrow(() ->
            new LayerCacheException(
                Code.IMAGE_UNKNOWN,
                "no image '%s' in the store: it was removed or reclaimed. Import it again."
                    .formatted(id)));
  }

  @Override
  public List<LayerId> layersOf(Digest image) {
    return get(image).layers();
  }

  /** All images that can be told; those whose record is damaged are left out. */
  public List<Image> all() {
    List<Image> all = new ArrayList<>();
    try {
      for (Path file : store.list(store.layout().images())) {
        try {
          find(new Digest(file.getFileName().toString())).ifPresent(all::add);
        } catch (LayerCacheException ignored) {
          // Told by whoever asks for that image.
        }
      }
    } catch (IOException e) {
      throw StoreFailures.of("list the images in", store.layout().images(), e);
    }
    return all;
  }

  /** Forgets an image. Under the lock of the store. */
  public void remove(Digest id) throws IOException {
    store.delete(store.layout().image(id));
    store.delete(store.layout().blob(id));
  }

  void name(ImageName name, Digest id) throws IOException {
    StoreRecord record = new StoreRecord().with("name", name.value()).with("id", id.toString());
    store.replace(store.layout().name(name), record, Durability.POWER_CUT);
  }

  Optional<Digest> named(ImageName name) {
    Path file = store.layout().name(name);
    try {
      Optional<StoreRecord> record = store.read(file);
      return record.isEmpty() ? Optional.empty() : Optional.of(id(file, record.get()));
    } catch (IOException e) {
      throw StoreFailures.of("read the name", file, e);
    }
  }

  private static Digest id(Path file, StoreRecord record) {
    try {
      return Digest.parse(record.get("id"));
    } catch (Malformed | IllegalArgumentException e) {
      throw Store.corrupt(file, e);
    }
  }

  /** Which image each name means. */
  public SortedMap<ImageName, Digest> names() {
    SortedMap<ImageName, Digest> names = new TreeMap<>();
    try {
      for (Path file : store.list(store.layout().names())) {
        Optional<StoreRecord> record = store.read(file);
        if (record.isPresent()) {
          names.put(new ImageName(record.get().find("name").orElse("?")), id(file, record.get()));
        }
      }
    } catch (IOException e) {
      throw StoreFailures.of("read the names in", store.layout().names(), e);
    }
    return names;
  }

  /** Forgets a name; false when there is none. */
  public boolean unname(ImageName name) throws IOException {
    Path file = store.layout().name(name);
    boolean isThere = Files.exists(file);
    store.delete(file);
    return isThere;
  }

  /** The image that a source gave when it looked like this; empty when it has changed since. */
  Optional<Digest> ofSource(String source, String look) {
    Path file = store.layout().source(source);
    try {
      Optional<StoreRecord> record = store.read(file);
      return record
          .filter(one -> one.find("source").equals(Optional.of(source)))
          .filter(one -> one.find("look").equals(Optional.of(look)))
          .map(one -> id(file, one));
    } catch (IOException e) {
      throw StoreFailures.of("read the source", file, e);
    } catch (LayerCacheException ignored) {
      // A torn note of what a source gave: the source is read again.
      return Optional.empty();
    }
  }

  void rememberSource(String source, String look, Digest id) throws IOException {
    StoreRecord record =
        new StoreRecord().with("source", source).with("look", look).with("id", id.toString());
    store.replace(store.layout().source(source), record, Durability.PROCESS_CRASH);
  }
}
