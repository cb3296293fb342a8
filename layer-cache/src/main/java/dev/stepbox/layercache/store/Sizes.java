package dev.stepbox.layercache.store;

import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.TreeSize;
import dev.stepbox.layercache.store.Store.Durability;
import dev.stepbox.layercache.store.StoreRecord.Malformed;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Sizes of layers: each is measured once, because layers never change. */
public final class Sizes {
  private final Store store;

  public Sizes(Store store) {
    this.store = store;
  }

  /** The size of a layer, if it was measured before. */
  public Optional<TreeSize> known(Path layer) {
    try {
      Optional<StoreRecord> record = store.read(file(layer));
      if (record.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new TreeSize(record.get().number("bytes"), record.get().number("entries")));
    } catch (Malformed e) {
      throw Store.corrupt(file(layer), e);
    } catch (IOException e) {
      throw StoreFailures.of("read the size of", layer, e);
    }
  }

  private static Path file(Path layer) {
    return layer.resolve("size");
  }

  /** The size of a layer, measured if it is not known. */
  public TreeSize of(Path layer) throws InterruptedException {
    Optional<TreeSize> known = known(layer);
    if (known.isPresent()) {
      return known.get();
    }
    TreeSize size = store.port().measure(StoreLayout.tree(layer));
    try {
      note(layer, size);
    } catch (NoSuchFileException ignored) {
      // It was reclaimed meanwhile.
    } catch (IOException e) {
      throw StoreFailures.of("note the size of", layer, e);
    }
    return size;
  }

  /** Writes down the size of a layer. */
  public void note(Path layer, TreeSize size) throws IOException {
    StoreRecord record =
        new StoreRecord().with("bytes", size.bytes()).with("entries", size.entries());
    store.replace(file(layer), record, Durability.PROCESS_CRASH);
  }
}
