package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.ownid.OwnIdTree;
import dev.stepbox.layercache.store.WriteGate;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store is sound whatever moment ends its process, and whichever change fails. */
class CrashIT {
  private static final OwnIdTree FILES = new OwnIdTree();

  private Path directory = Path.of("");
  private ProcessHandle gone = ProcessHandle.current();

  @BeforeEach
  void prepare() throws Exception {
    // Memory is fast to copy, and what is synced to it costs nothing.
    Path memory = Path.of("/dev/shm");
    directory =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "crash")
            : Files.createTempDirectory("crash");
    Process process = new ProcessBuilder("true").start();
    gone = process.toHandle();
    assertThat(process.waitFor()).isZero();
  }

  @AfterEach
  void remove() {
    FILES.remove(directory);
  }

  /** Copies the store before every change that is made to it. */
  private final class Photographer implements WriteGate {
    private final Path store;
    private final List<Path> pictures = new ArrayList<>();

    Photographer(Path store) {
      this.store = store;
    }

    @Override
    public synchronized void pass(Path path, long bytes) throws IOException {
      Path picture = Files.createDirectory(directory.resolve("crash-" + pictures.size()));
      FILES.copy(store, TreePath.ROOT, picture, TreePath.of("store"));
      pictures.add(picture);
    }
  }

  @Test
  void whateverMomentEndsTheProcessTheNextOneFindsASoundStore() throws Exception {
    Path first = Files.createDirectory(directory.resolve("first"));
    TestStore test = new TestStore(first);
    Scenario scenario = Scenario.in(first, gone);
    Photographer photographer = new Photographer(test.root());
    try (LayerCache cache = test.gate(photographer).open()) {
      scenario.run(cache);
    }

    assertThat(photographer.pictures).hasSizeGreaterThan(100);
    for (Path picture : photographer.pictures) {
      // Every second time the machine itself went down.
      boolean isPowerCut = photographer.pictures.indexOf(picture) % 2 == 1;
      TestStore copy = new TestStore(picture).bootId(isPowerCut ? "boot-2" : "boot-1");
      copy.clock().pass(Duration.ofHours(2));
      try (LayerCache cache = copy.open()) {
        Scenario.assertSound(cache);
        scenario.importImage(cache);
        Scenario.assertSound(cache);
      }
      FILES.remove(picture);
    }
  }

  @Test
  void whicheverChangeFailsTheErrorIsToldAndNothingIsLeft() throws Exception {
    int changes = changesOfTheScenario();
    for (int failing = 1; failing <= changes; failing++) {
      Path base = Files.createDirectory(directory.resolve("full-" + failing));
      runWithOneFailure(base, failing);
      FILES.remove(base);
    }
  }

  private int changesOfTheScenario() throws Exception {
    Path base = Files.createDirectory(directory.resolve("count"));
    AtomicInteger count = new AtomicInteger();
    try (LayerCache cache = new TestStore(base).gate((_, _) -> count.incrementAndGet()).open()) {
      Scenario.in(base, gone).run(cache);
    }
    return count.get();
  }

  private void runWithOneFailure(Path base, int failing) throws Exception {
    AtomicInteger count = new AtomicInteger();
    WriteGate gate =
        (path, _) -> {
          if (count.incrementAndGet() == failing) {
            throw new FileSystemException(path.toString(), null, "No space left on device");
          }
        };
    TestStore test = new TestStore(base).gate(gate);
    Scenario scenario = Scenario.in(base, gone);
    assertThatThrownBy(
            () -> {
              try (LayerCache cache = test.open()) {
                scenario.run(cache);
              }
            })
        .as("change %d", failing)
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.STORE_FULL))
        .hasMessageContaining("stepbox cache prune");
    test.clock().pass(Duration.ofHours(2));
    try (LayerCache cache = test.gate((_, _) -> {}).open()) {
      Scenario.assertSound(cache);
      scenario.run(cache);
    }
  }
}
