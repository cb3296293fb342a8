package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.archive.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stages write becomes layers, and stacks of layers become plans of mounts. */
class StageLayersTest {
  @TempDir private Path directory;
  private TestStore test;
  private LayerCache cache;
  private Lease lease;

  @BeforeEach
  void open() throws InterruptedException {
    test = new TestStore(directory);
    cache = test.open();
    lease = TestStore.lease(cache);
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private Path upper(OverlayPlan plan) {
    return cache.root().resolve(Objects.requireNonNull(plan.writes()).upper());
  }

  private WriteLayer workspaceWrites() throws InterruptedException {
    return cache.newWriteLayer(lease, new Purpose.Workspace());
  }

  private LayerId captured(String file, String content) throws Exception {
    WriteLayer writes = workspaceWrites();
    Files.writeString(upper(cache.workspacePlan(List.of(), writes)).resolve(file), content);
    return writes.capture().orElseThrow();
  }

  private Image image(byte[] rootfs) throws Exception {
    Path file = test.write("rootfs.tar", rootfs);
    ImageName name = new ImageName("image");
    return cache.images().load(name, new ImageSource.RootfsTarball(file)).image();
  }

  @Test
  void whatAStageWroteIsItsLayer() throws Exception {
    LayerId id = captured("made", "content");

    assertThat(cache.layer(id).kind()).isEqualTo(Layer.Kind.CAPTURED);
    OverlayPlan next = cache.workspacePlan(List.of(id), null);
    assertThat(next.lowers()).hasSize(1);
    Path tree = cache.root().resolve(((Lower.InStore) next.lowers().getFirst()).path());
    assertThat(tree.resolve("made")).hasContent("content");
    assertThat(tree.resolveSibling("work")).doesNotExist();
    assertThat(test.root().resolve("writes")).isEmptyDirectory();
  }

  @Test
  void aStageThatWroteNothingLeavesNoLayer() throws Exception {
    WriteLayer writes = workspaceWrites();

    assertThat(writes.capture()).isEmpty();
    assertThat(test.root().resolve("writes")).isEmptyDirectory();
    assertThat(test.root().resolve("layers")).isEmptyDirectory();
  }

  @Test
  void aStageThatOnlyChangedTheModeOfItsRootLeavesALayer() throws Exception {
    WriteLayer writes = workspaceWrites();
    Files.setAttribute(upper(cache.workspacePlan(List.of(), writes)), "unix:mode", 0700);

    assertThat(writes.capture()).isPresent();
  }

  @Test
  void capturingTwiceGivesTheSameLayer() throws Exception {
    WriteLayer writes = workspaceWrites();
    Files.createFile(upper(cache.workspacePlan(List.of(), writes)).resolve("f"));

    Optional<LayerId> first = writes.capture();

    assertThat(writes.capture()).isEqualTo(first);
    assertThat(first).contains(writes.id());
  }

  @Test
  void aDiscardedWriteLayerIsGone() throws Exception {
    WriteLayer writes = workspaceWrites();
    Files.createFile(upper(cache.workspacePlan(List.of(), writes)).resolve("f"));

    writes.discard();
    writes.discard();

    assertThat(cache.writeLayer(writes.id())).isEmpty();
    assertThat(test.root().resolve("writes")).isEmptyDirectory();
  }

  @Test
  void aWriteLayerIsFoundAgainByTheNextProcess() throws Exception {
    WriteLayer writes = workspaceWrites();
    Files.createFile(upper(cache.workspacePlan(List.of(), writes)).resolve("f"));
    cache.close();

    cache = test.open();
    WriteLayer found = cache.writeLayer(writes.id()).orElseThrow();

    assertThat(found.purpose()).isEqualTo(new Purpose.Workspace());
    assertThat(found.capture()).contains(writes.id());
  }

  @Test
  void aWriteLayerEndsWithItsLease() throws Exception {
    WriteLayer writes = workspaceWrites();

    lease.release();

    assertThat(cache.writeLayer(writes.id())).isEmpty();
    assertThat(test.root().resolve("writes")).isEmptyDirectory();
    assertThatThrownBy(this::workspaceWrites).hasMessageContaining("is over");
  }

  @Test
  void aSourceTreeBecomesALayer() throws Exception {
    LayerId id;
    try (SourceLayer source = cache.newSourceLayer(lease)) {
      Files.writeString(source.directory().resolve("README"), "text");
      id = source.seal();
    }

    assertThat(cache.layer(id).kind()).isEqualTo(Layer.Kind.SOURCE);
    assertThat(cache.workspacePlan(List.of(id), null).lowers()).hasSize(1);
  }

  @Test
  void aSourceTreeThatIsNotSealedLeavesNothing() throws Exception {
    try (SourceLayer source = cache.newSourceLayer(lease)) {
      Files.writeString(source.directory().resolve("README"), "text");
    }

    assertThat(test.root().resolve("layers")).isEmptyDirectory();
  }

  @Test
  void anEmptyWorkspaceLiesOverAnEmptyDirectory() throws Exception {
    OverlayPlan plan = cache.workspacePlan(List.of(), workspaceWrites());

    assertThat(plan.lowers()).containsExactly(new Lower.InStore(Path.of("empty")));
    assertThat(test.root().resolve("empty")).isEmptyDirectory();
  }

  @Test
  void aPlanNamesLayersFromBottomToTopRelativeToTheStore() throws Exception {
    LayerId first = captured("a", "1");
    LayerId second = captured("b", "2");

    OverlayPlan plan = cache.workspacePlan(List.of(first, second), workspaceWrites());

    assertThat(plan.lowers())
        .containsExactly(
            new Lower.InStore(Path.of("layers", first.toString(), "tree")),
            new Lower.InStore(Path.of("layers", second.toString(), "tree")));
    OverlayPlan.Writes writes = Objects.requireNonNull(plan.writes());
    assertThat(writes.upper()).isRelative();
    assertThat(cache.root().resolve(writes.work())).isEmptyDirectory();
    assertThat(cache.root().resolve(writes.upper())).isEmptyDirectory();
  }

  @Test
  void namesOfLayersAreShortEnoughForThePageOfAnOldKernel() throws Exception {
    Image image = image(new TarBytes().file("f", "x").bytes());

    OverlayPlan plan = cache.rootPlan(image, List.of(), null).root();

    Path path = ((Lower.InStore) plan.lowers().getFirst()).path();
    assertThat(path.subpath(1, 3).toString().length() * 120).isLessThan(4000);
  }

  @Test
  void theRootOfAnImageLiesBelowWhatStagesChangedInIt() throws Exception {
    Image image = image(new TarBytes().mode(0711).directory("./").file("f", "x").bytes());
    WriteLayer first = cache.newWriteLayer(lease, new Purpose.Root(image.id()));
    RootPlan plan = cache.rootPlan(image, List.of(), first);
    assertThat(Files.getAttribute(upper(plan.root()), "unix:mode")).isEqualTo(040711);
    Files.createFile(upper(plan.root()).resolve("made"));
    LayerId made = first.capture().orElseThrow();

    RootPlan next = cache.rootPlan(image, List.of(made), null);

    assertThat(next.mounts()).isEmpty();
    assertThat(next.root().writes()).isNull();
    assertThat(next.root().lowers())
        .hasSize(2)
        .last()
        .isEqualTo(new Lower.InStore(Path.of("layers", made.toString(), "tree")));
  }

  @Test
  void aWriteLayerIsOnlyForWhatItWasMadeFor() throws Exception {
    Image image = image(new TarBytes().file("f", "x").bytes());
    WriteLayer workspace = workspaceWrites();
    WriteLayer root = cache.newWriteLayer(lease, new Purpose.Root(image.id()));

    assertThatThrownBy(() -> cache.rootPlan(image, List.of(), workspace))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> cache.workspacePlan(List.of(), root))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void asManyLayersAsTheLimitAreStackedAndNotOneMore() throws Exception {
    cache.close();
    cache = test.limits(LimitsBuilder.defaults().layersMax(3).build()).open();
    List<LayerId> layers = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      layers.add(captured("f", "x"));
    }

    assertThat(cache.workspacePlan(layers, null).lowers()).hasSize(3);
    layers.add(captured("f", "x"));
    assertThatThrownBy(() -> cache.workspacePlan(layers, null))
        .hasMessageContaining("cannot stack 4 layers, at most 3 (limit layersMax)");
  }

  @Test
  void aLayerThatIsNotThereIsToldByItsId() {
    LayerId unknown = LayerId.parse("0".repeat(26));

    assertThatThrownBy(() -> cache.workspacePlan(List.of(unknown), null))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.LAYER_UNKNOWN))
        .hasMessageContaining(unknown.toString());
    assertThatThrownBy(() -> lease.hold(unknown)).isInstanceOf(LayerCacheException.class);
  }

  @Test
  void aLayerThatReachedTheDiskSurvivesAPowerCutAndOthersAreForgotten() throws Exception {
    LayerId safe = captured("a", "1");
    cache.makeDurable();
    LayerId unsafe = captured("b", "2");
    cache.close();

    cache = test.bootId("boot-2").open();

    assertThat(cache.workspacePlan(List.of(safe), null).lowers()).hasSize(1);
    assertThatThrownBy(() -> cache.workspacePlan(List.of(unsafe), null))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.LAYER_UNKNOWN));
  }

  @Test
  void anImportedLayerIsCheckedAfterAPowerCutAndKeptWhenItIsWhole() throws Exception {
    Image whole = image(new TarBytes().file("f", "x").bytes());
    Path other = test.write("other.tar", new TarBytes().file("g", "yy").bytes());
    ImageSource source = new ImageSource.RootfsTarball(other);
    Image torn = cache.images().ensure(source);
    Path file =
        test.root()
            .resolve(
                ((Lower.InStore) cache.rootPlan(torn, List.of(), null).root().lowers().getFirst())
                    .path())
            .resolve("g");
    Files.write(file, new byte[2]);
    cache.close();

    cache = test.bootId("boot-2").open();

    assertThat(cache.rootPlan(whole, List.of(), null).root().lowers()).hasSize(1);
    assertThatThrownBy(() -> cache.rootPlan(torn, List.of(), null))
        .isInstanceOf(LayerCacheException.class);
    assertThat(cache.images().ensure(source)).isEqualTo(torn);
    assertThat(file).hasContent("yy");
    assertThat(cache.rootPlan(torn, List.of(), null).root().lowers()).hasSize(1);
  }

  @Test
  void aStoreOfAnotherVersionIsNotTouched() throws IOException {
    cache.close();
    Files.writeString(test.root().resolve("format"), "stepbox-store 99\n");

    assertThatThrownBy(test::open)
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.STORE_VERSION))
        .hasMessageContaining("stepbox-store 99");
  }

  @Test
  void aStoreOfSeveralIdsIsNotUsedWithOne() throws IOException {
    cache.close();
    Files.writeString(test.root().resolve("format"), "stepbox-store 2, several ids\n");

    assertThatThrownBy(test::open)
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.STORE_VERSION))
        .hasMessageContaining("several ids")
        .hasMessageContaining("one id");
  }

  @Test
  void aLeaseEndsWhenItsTimeIsOverAndItsProcessIsGone() throws Exception {
    Process process = new ProcessBuilder("true").start();
    ProcessHandle handle = process.toHandle();
    Lease other = cache.leases().begin("another build", Duration.ofMinutes(10), handle);
    assertThat(process.waitFor()).isZero();

    assertThat(cache.leases().all()).filteredOn(Leases.Held::isAlive).hasSize(2);
    test.clock().pass(Duration.ofMinutes(20));
    assertThat(cache.leases().all())
        .filteredOn(Leases.Held::isAlive)
        .extracting(Leases.Held::id)
        .containsExactly(lease.id());
    test.clock().pass(Duration.ofDays(100));
    assertThat(cache.leases().all())
        .filteredOn(held -> held.id().equals(lease.id()))
        .allMatch(Leases.Held::isAlive);
    cache.close();
    cache = test.open();
    assertThat(cache.leases().find(other.id())).isEmpty();
    assertThat(cache.leases().find(lease.id())).isPresent();
  }

  @Test
  void aRenewedLeaseLivesOn() throws Exception {
    Process process = new ProcessBuilder("true").start();
    Lease other = cache.leases().begin("another build", Duration.ofMinutes(10), process.toHandle());
    assertThat(process.waitFor()).isZero();
    other.renew(Duration.ofHours(5), process.toHandle());
    test.clock().pass(Duration.ofHours(4));

    assertThat(cache.leases().all()).allMatch(Leases.Held::isAlive);
    other.release();
    other.release();
    assertThat(cache.leases().all()).hasSize(1);
  }
}
