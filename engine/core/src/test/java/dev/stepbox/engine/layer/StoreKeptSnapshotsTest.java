package dev.stepbox.engine.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.Space.Policy;
import dev.stepbox.layercache.TestStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real store. */
class StoreKeptSnapshotsTest {
  private static final Path APP = Path.of("/src/app");
  private static final Path OTHER = Path.of("/src/other");

  @TempDir private Path directory;
  private LayerCache store;
  private KeptSnapshots kept;

  @BeforeEach
  void open() throws InterruptedException {
    store = new TestStore(directory.resolve("store")).open();
    kept = new StoreKeptSnapshots(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** A build from its begin to its end that leaves a file with its number. */
  private Snapshot build(int number, Path pipeline) throws Exception {
    StoreLayers layers = StoreLayers.of(store, new BuildId(number), pipeline);
    try (BuildLayers.SourcePlace place = layers.newSource()) {
      Files.writeString(place.directory().resolve("number"), Integer.toString(number));
      var left = new Snapshot(RootImage.host(), List.of(), List.of(place.seal()));
      layers.hold(left);
      layers.release(List.of(left));
      return left;
    }
  }

  private OptionalInt export(Snapshot snapshot, String path) throws InterruptedException {
    return kept.export(snapshot, path, directory.resolve("copy"));
  }

  private void assertGone(Snapshot snapshot) {
    assertThatThrownBy(() -> export(snapshot, ""))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_ARTIFACT));
  }

  @Test
  void theLastBuildOfEachPipelineIsKept() throws Exception {
    Snapshot first = build(1, APP);
    Snapshot other = build(2, OTHER);
    Snapshot last = build(3, APP);
    store.space().prune(Policy.unused());
    assertGone(first);
    assertThat(export(other, "number")).hasValue(1);
    assertThat(export(last, "number")).hasValue(1);
    assertThat(directory.resolve("copy")).hasContent("3");
    assertThat(export(last, "none")).isEmpty();
    assertThat(store.leases().all()).as("leases for copying").isEmpty();
  }

  @Test
  void aBuildThatLeavesNothingTakesNothingFromTheOneBefore() throws Exception {
    Snapshot first = build(1, APP);
    StoreLayers.of(store, new BuildId(2), APP).release(List.of());
    store.space().prune(Policy.unused());
    assertThat(export(first, "number")).hasValue(1);
  }

  @Test
  void whatIsForgottenCanBeReclaimed() throws Exception {
    Snapshot first = build(1, APP);
    kept.forget(OTHER);
    kept.forget(APP);
    store.space().prune(Policy.unused());
    assertGone(first);
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNoFaultOfTheStore() throws Exception {
    Snapshot left = build(1, APP);
    Files.writeString(directory.resolve("copy"), "");
    Path place = directory.resolve("copy/below-a-file");
    assertThatThrownBy(() -> kept.export(left, "number", place))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DESTINATION_UNUSABLE))
        .hasMessageContaining("cannot write '%s': a file is in the way".formatted(place));
  }

  @Test
  void aPathThatLeavesTheWorkspaceIsRefused() throws Exception {
    Snapshot left = build(1, APP);
    for (String path : List.of("../number", "/number", "a/../b", "./number")) {
      assertThatThrownBy(() -> export(left, path))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("without '..'");
    }
  }
}
