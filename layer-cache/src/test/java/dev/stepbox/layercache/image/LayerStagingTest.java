package dev.stepbox.layercache.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.TestStore;
import dev.stepbox.layercache.archive.ByteFeed;
import dev.stepbox.layercache.archive.LayerStream;
import dev.stepbox.layercache.archive.TarBytes;
import dev.stepbox.layercache.image.SourceImage.SourceLayer;
import dev.stepbox.layercache.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers that are unpacked two at a time. */
@Timeout(60)
class LayerStagingTest {
  @TempDir private Path directory;
  private final Map<Digest, StagedLayer> staged = new HashMap<>();
  private TestStore test;
  private Store store;

  @BeforeEach
  void openStore() throws InterruptedException {
    test = new TestStore(directory);
    store = test.openFiles();
  }

  @AfterEach
  void closeStore() throws IOException {
    for (StagedLayer layer : staged.values()) {
      layer.close();
    }
    store.close();
  }

  private List<SourceLayer> layers(int count) throws IOException {
    List<SourceLayer> layers = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      byte[] content = new TarBytes().directory(number + "/").bytes();
      test.write("layer" + number, content);
      layers.add(new SourceLayer("layer" + number, TestStore.sha256(content), null));
    }
    return layers;
  }

  /** What happens before a layer is read. */
  private interface Before {
    void read(String name) throws IOException, InterruptedException;
  }

  private record TwoAtOnce(Path directory, Before before) implements ImageFiles {
    @Override
    public Optional<byte[]> document(String name) {
      return Optional.empty();
    }

    @Override
    public Optional<ByteFeed> open(String name) throws IOException, InterruptedException {
      before.read(name);
      Path file = directory.resolve(name);
      return Optional.of(LayerStream.ofFile(file, 0, Files.size(file)));
    }

    @Override
    public long order(String name) {
      return 0;
    }

    @Override
    public int parallelism() {
      return 2;
    }
  }

  @Test
  void asManyThreadsAsTheSourceAllowsUnpackAllLayers() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CyclicBarrier together = new CyclicBarrier(2);
    Before both =
        _ -> {
          threads.add(Thread.currentThread());
          try {
            int ignored = together.await();
          } catch (BrokenBarrierException e) {
            throw new IOException(e);
          }
        };
    new LayerStaging(store).unpack(new TwoAtOnce(directory, both), layers(6), staged);
    assertThat(staged).hasSize(6);
    assertThat(threads).hasSize(2);
  }

  @Test
  void theFirstFailureEndsLayersThatAreReadAndThoseThatHaveNotBegun() throws Exception {
    CountDownLatch isSecondRead = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Set<String> begun = ConcurrentHashMap.newKeySet();
    Before failing =
        name -> {
          begun.add(name);
          if (name.equals("layer0")) {
            isSecondRead.await();
            throw new IOException("of a test");
          }
          isSecondRead.countDown();
          never.await();
        };
    List<SourceLayer> layers = layers(6);
    assertThatThrownBy(
            () -> new LayerStaging(store).unpack(new TwoAtOnce(directory, failing), layers, staged))
        .isInstanceOf(LayerCacheException.class)
        .hasMessageContaining("of a test");
    assertThat(begun).contains("layer0", "layer1").doesNotContain("layer3", "layer4", "layer5");
    assertThat(staged).isEmpty();
  }
}
