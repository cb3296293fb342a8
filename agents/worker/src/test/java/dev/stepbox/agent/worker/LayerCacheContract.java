package dev.stepbox.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.OverlayPlan;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.layercache.WriteLayer;
import dev.stepbox.layercache.WriteLayer.Purpose;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker asks of a store, and gets from the real one and from that of its tests. */
abstract class LayerCacheContract {
  @TempDir private Path directory;

  private LayerCache cache;
  private Lease lease;

  /** A new store in a directory. */
  abstract LayerCache open(Path root) throws InterruptedException;

  @BeforeEach
  void open() throws InterruptedException {
    cache = open(directory.resolve("store"));
    lease = begin();
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private Lease begin() {
    return cache.leases().begin("test", Duration.ofHours(1), ProcessHandle.current());
  }

  private LayerId source(String name) throws Exception {
    try (SourceLayer layer = cache.newSourceLayer(lease)) {
      Files.writeString(layer.directory().resolve(name), "content of " + name);
      return layer.seal();
    }
  }

  private Path inStore(Lower lower) {
    return switch (lower) {
      case Lower.InStore below -> cache.root().resolve(below.path());
      case Lower.OnHost host -> host.path();
    };
  }

  private Path upper(OverlayPlan plan) {
    return cache.root().resolve(Objects.requireNonNull(plan.writes()).upper());
  }

  private static void assertCode(Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aSourceThatIsSealedIsALayerOfAWorkspace() throws Exception {
    LayerId one = source("one");
    LayerId two = source("two");
    assertThat(cache.layer(one).id()).isEqualTo(one);
    OverlayPlan plan = cache.workspacePlan(List.of(one, two), null);
    assertThat(plan.writes()).isNull();
    assertThat(plan.lowers()).hasSize(2);
    assertThat(inStore(plan.lowers().getFirst()).resolve("one")).hasContent("content of one");
    assertThat(inStore(plan.lowers().getLast()).resolve("two")).hasContent("content of two");
  }

  @Test
  void aWorkspaceOfNothingHasALowerDirectoryAllTheSame() throws Exception {
    OverlayPlan plan = cache.workspacePlan(List.of(), null);
    assertThat(plan.lowers()).hasSize(1);
    assertThat(inStore(plan.lowers().getFirst())).isEmptyDirectory();
  }

  @Test
  void whatIsWrittenIsCapturedAsTheLayerThatItWasAnnouncedAs() throws Exception {
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Workspace());
    assertThat(writes.purpose()).isEqualTo(new Purpose.Workspace());
    assertThat(cache.writeLayer(writes.id())).isPresent();
    OverlayPlan plan = cache.workspacePlan(List.of(), writes);
    assertThat(upper(plan)).isEmptyDirectory();
    assertThat(cache.root().resolve(Objects.requireNonNull(plan.writes()).work())).isDirectory();
    Files.writeString(upper(plan).resolve("made"), "made");
    assertThat(writes.capture()).contains(writes.id());
    assertThat(cache.writeLayer(writes.id())).isEmpty();
    OverlayPlan after = cache.workspacePlan(List.of(writes.id()), null);
    assertThat(inStore(after.lowers().getLast()).resolve("made")).hasContent("made");
  }

  @Test
  void whereNothingIsWrittenThereIsNoLayer() throws Exception {
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Workspace());
    assertThat(writes.capture()).isEmpty();
    assertThat(cache.writeLayer(writes.id())).isEmpty();
  }

  @Test
  void whatIsDiscardedIsGone() throws Exception {
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Workspace());
    writes.discard();
    assertThat(cache.writeLayer(writes.id())).isEmpty();
    assertCode(Code.LAYER_UNKNOWN, () -> cache.layer(writes.id()));
  }

  @Test
  void writeLayersGoWithTheirLease() throws Exception {
    Lease build = begin();
    WriteLayer writes = cache.newWriteLayer(build, new Purpose.Workspace());
    assertThat(cache.leases().find(build.id())).isPresent();
    build.release();
    build.release();
    assertThat(cache.leases().find(build.id())).isEmpty();
    assertThat(cache.writeLayer(writes.id())).isEmpty();
  }

  @Test
  void aCacheMountIsTheSameDirectoryForTheSameKeyOnly() throws Exception {
    Path first = cache.cacheMounts().use(lease, "project/one");
    assertThat(first).isRelative();
    assertThat(cache.root().resolve(first)).isEmptyDirectory();
    assertThat(cache.cacheMounts().use(lease, "project/one")).isEqualTo(first);
    assertThat(cache.cacheMounts().use(lease, "project/two")).isNotEqualTo(first);
  }

  @Test
  void whatIsNotThereHasItsCode() {
    assertCode(Code.LAYER_UNKNOWN, () -> cache.layer(new LayerId.Unique("7".repeat(26))));
    assertCode(Code.IMAGE_UNKNOWN, () -> cache.images().byId(new Digest("a".repeat(64))));
  }
}
