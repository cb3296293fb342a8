package dev.stepbox.engine.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.layer.BuildLayers.Joined;
import dev.stepbox.engine.layer.BuildLayers.Origin;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.Leases;
import dev.stepbox.layercache.TestStore;
import dev.stepbox.pipeline.model.ImageRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real store. */
class StoreLayersTest {

  private static final BuildId BUILD = new BuildId(17);

  @TempDir private Path directory;
  private LayerCache store;
  private StoreLayers layers;

  @BeforeEach
  void open() throws InterruptedException {
    store = new TestStore(directory).open();
    layers = StoreLayers.of(store, BUILD, directory);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** A stage's work, as far as a merge can see it: a layer that holds one file. */
  private Origin origin(String stage, List<String> below, String file, String content)
      throws IOException, InterruptedException {
    try (BuildLayers.SourcePlace place = layers.newSource()) {
      Files.writeString(place.directory().resolve(file), content);
      List<String> all = new ArrayList<>(below);
      all.add(place.seal());
      return new Origin(stage, new Snapshot(RootImage.host(), List.of(), all));
    }
  }

  @Test
  void branchesThatWroteDifferentFilesAreMerged() throws Exception {
    Origin start = origin("Build", List.of(), "a", "1");
    List<String> below = start.snapshot().workspaceLayers();
    Origin left = origin("Left", below, "b", "1");
    Origin right = origin("Right", below, "c", "1");
    Joined joined = layers.join(RootImage.host(), List.of(left, right));
    assertThat(joined).isInstanceOf(Joined.Ready.class);
    assertThat(((Joined.Ready) joined).base().workspaceLayers())
        .startsWith(below.getFirst())
        .contains(
            left.snapshot().workspaceLayers().getLast(),
            right.snapshot().workspaceLayers().getLast());
  }

  @Test
  void branchesThatWroteTheSameFileDifferentlyAreNamed() throws Exception {
    Origin left = origin("Left", List.of(), "report.txt", "left");
    Origin right = origin("Right", List.of(), "report.txt", "right");
    assertThat(layers.join(RootImage.host(), List.of(left, right)))
        .isInstanceOfSatisfying(
            Joined.Conflicted.class,
            conflict ->
                assertThat(conflict.because())
                    .contains("'report.txt' (Left, Right)")
                    .contains("hand results over with stash and unstash"));
  }

  @Test
  void theLeaseIsFoundAgainAfterADeathAndGoneAfterTheEnd() throws Exception {
    Origin origin = origin("Build", List.of(), "a", "1");
    StoreLayers again = StoreLayers.of(store, BUILD, directory);
    again.hold(origin.snapshot());
    assertThat(store.leases().all()).extracting(Leases.Held::owner).containsExactly("build 17");
    again.release(List.of());
    assertThat(store.leases().all()).isEmpty();
  }

  @Test
  void anUnknownImageIsToldWithHowToAddIt() {
    assertThatThrownBy(() -> layers.image(new ImageRef.Named("debian:bookworm"), directory))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_UNUSABLE))
        .hasMessageContaining("stepbox image import debian:bookworm SOURCE");
    assertThatThrownBy(() -> layers.image(new ImageRef.Named("No Name"), directory))
        .hasMessageContaining("this cannot be the name of one");
    assertThatThrownBy(() -> layers.image(new ImageRef.RootfsTarball("none.tar"), directory))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_UNUSABLE));
  }

  @Test
  void aLayerThatIsGoneCannotBeHeld() {
    var lost = new Snapshot(RootImage.host(), List.of(), List.of("01jd0000000000000000000000"));
    assertThatThrownBy(() -> layers.hold(lost)).isInstanceOf(EngineException.class);
  }

  @Test
  void theHostNeedsNoStore() throws Exception {
    assertThat(layers.image(ImageRef.DEFAULT, directory)).isEqualTo(RootImage.host());
  }
}
