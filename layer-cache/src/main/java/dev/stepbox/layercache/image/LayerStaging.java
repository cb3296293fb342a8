package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.archive.ByteFeed;
import dev.stepbox.layercache.archive.LayerStream;
import dev.stepbox.layercache.archive.LayerUnpacker;
import dev.stepbox.layercache.archive.UnpackedLayer;
import dev.stepbox.layercache.image.SourceImage.SourceLayer;
import dev.stepbox.layercache.store.Store;
import dev.stepbox.layercache.store.StoreLayout;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Unpacks layers into directories of this process, several at a time. */
final class LayerStaging {
  private final Store store;

  LayerStaging(Store store) {
    this.store = store;
  }

  /** Unpacks layers; what was unpacked is closed by the caller, also after a failure. */
  void unpack(ImageFiles files, List<SourceLayer> layers, Map<Digest, StagedLayer> staged)
      throws InterruptedException {
    Map<Digest, SourceLayer> distinct = new LinkedHashMap<>();
    layers.forEach(layer -> distinct.putIfAbsent(layer.diffId(), layer));
    List<SourceLayer> inOrder = new ArrayList<>(distinct.values());
    inOrder.sort(Comparator.comparingLong(layer -> files.order(layer.file())));
    if (files.parallelism() == 1 || inOrder.size() < 2) {
      for (SourceLayer layer : inOrder) {
        staged.put(layer.diffId(), unpack(files, layer));
      }
    } else {
      unpackTogether(files, inOrder, staged);
    }
  }

  private void unpackTogether(
      ImageFiles files, List<SourceLayer> layers, Map<Digest, StagedLayer> staged)
      throws InterruptedException {
    int together = Math.min(files.parallelism(), layers.size());
    try (ExecutorService threads =
        Executors.newFixedThreadPool(together, Thread.ofPlatform().daemon().factory())) {
      List<Future<StagedLayer>> futures = new ArrayList<>();
      for (SourceLayer layer : layers) {
        futures.add(threads.submit(() -> unpack(files, layer)));
      }
      await(futures, staged, threads);
    }
  }

  /** Nobody else ends the tasks that have not begun, and their results would be waited for. */
  private static void end(ExecutorService threads) {
    for (Runnable notBegun : threads.shutdownNow()) {
      if (notBegun instanceof Future<?> task) {
        task.cancel(false);
      }
    }
  }

  /** Collects all results; the first failure ends the others, and is the one to tell. */
  private static void await(
      List<Future<StagedLayer>> futures, Map<Digest, StagedLayer> staged, ExecutorService threads)
      throws InterruptedException {
    Throwable failure = null;
    for (Future<StagedLayer> future : futures) {
      try {
        StagedLayer layer = future.get();
        staged.put(layer.diffId(), layer);
      } catch (ExecutionException e) {
        if (failure == null) {
          failure = e.getCause();
          end(threads);
        }
      } catch (CancellationException ignored) {
        // It had not begun, and has nothing to tell.
      } catch (InterruptedException e) {
        end(threads);
        throw e;
      }
    }
    switch (failure) {
      case null -> {
        // All is well.
      }
      case RuntimeException known -> throw known;
      case Error known -> throw known;
      case InterruptedException known -> throw known;
      default -> throw new IllegalStateException("unpacking cannot fail like this", failure);
    }
  }

  private StagedLayer unpack(ImageFiles files, SourceLayer layer) throws InterruptedException {
    ByteFeed file;
    try {
      file =
          files
              .open(layer.file())
              .orElseThrow(() ->
                  SourceFailures.corrupt(
                      layer.file(), "this layer is named, but not in the image"));
    } catch (IOException e) {
      throw SourceFailures.unreadable(layer.file(), e);
    }
    StagedLayer staged = unpack(file, layer.file(), layer.packed());
    if (!staged.diffId().equals(layer.diffId())) {
      discard(staged.directory());
      throw SourceFailures.mismatch(
          "layer '%s'".formatted(layer.file()), layer.diffId(), staged.diffId());
    }
    return staged;
  }

  /**
   * Unpacks one layer.
   *
   * @param packed what the digest of the file must be; null where nobody says it
   */
  StagedLayer unpack(ByteFeed file, String name, @Nullable Digest packed)
      throws InterruptedException {
    Path directory = store.newTemporary();
    boolean isDone = false;
    try (LayerStream stream = LayerStream.open(file, store.limits())) {
      store.createDirectory(directory);
      Path tree = store.createDirectory(StoreLayout.tree(directory));
      UnpackedLayer unpacked =
          LayerUnpacker.unpack(
              stream,
              tree,
              StoreLayout.manifest(directory),
              store.limits(),
              store.port().ids(),
              store.gate());
      if (packed != null && !stream.packedDigest().equals(packed)) {
        unpacked.close();
        throw SourceFailures.mismatch("layer '%s'".formatted(name), packed, stream.packedDigest());
      }
      isDone = true;
      return new StagedLayer(directory, stream.diffId(), unpacked);
    } catch (FileSystemException e) {
      throw StoreFailures.of("unpack layer '%s' to".formatted(name), directory, e);
    } catch (IOException e) {
      throw Files.isDirectory(directory)
          ? StoreFailures.of("unpack layer '%s' to".formatted(name), directory, e)
          : SourceFailures.unreadable(name, e);
    } finally {
      if (!isDone) {
        discard(directory);
      }
    }
  }

  private void discard(Path directory) {
    try {
      store.discard(directory);
    } catch (IOException e) {
      throw StoreFailures.of("clear", directory, e);
    }
  }
}
