package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.ImageSource.RootfsTarball;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Space.Category;
import dev.stepbox.layercache.Space.Policy;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.archive.TarBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Space is counted, and given back without touching what somebody holds. */
class SpaceTest {
  private static final int MEBIBYTE = 1 << 20;

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

  private LayerId source(int bytes) throws Exception {
    test.clock().pass(Duration.ofMinutes(1));
    try (SourceLayer layer = cache.newSourceLayer(lease)) {
      Files.write(layer.directory().resolve("f"), new byte[bytes]);
      return layer.seal();
    }
  }

  private Image image(String name, String content) throws Exception {
    test.clock().pass(Duration.ofMinutes(1));
    Path file = test.write(name, new TarBytes().file("f", content).bytes());
    return cache.images().load(new ImageName(name), new RootfsTarball(file)).image();
  }

  private boolean isThere(LayerId id) {
    try {
      return cache.layer(id).id().equals(id);
    } catch (LayerCacheException e) {
      assertThat(e.code()).isEqualTo(Code.LAYER_UNKNOWN);
      return false;
    }
  }

  private void fillCache(String key, int bytes) throws Exception {
    Path tree = cache.root().resolve(cache.cacheMounts().use(lease, key));
    Files.write(tree.resolve("f"), new byte[bytes]);
  }

  @Test
  void everyCategoryIsCounted() throws Exception {
    image("named", "x".repeat(MEBIBYTE));
    source(2 * MEBIBYTE);
    fillCache("m2", 3 * MEBIBYTE);
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Workspace());
    Path upper = cache.root().resolve("writes").resolve(writes.id().value()).resolve("tree");
    Files.write(upper.resolve("f"), new byte[4 * MEBIBYTE]);

    Space.Usage usage = cache.space().usage();

    assertThat(usage.shares())
        .hasEntrySatisfying(Category.IMAGES, s -> assertShare(s, 1, 1, 0))
        .hasEntrySatisfying(Category.SNAPSHOTS, s -> assertShare(s, 1, 2, 0))
        .hasEntrySatisfying(Category.CACHE_MOUNTS, s -> assertShare(s, 1, 3, 0))
        .hasEntrySatisfying(Category.RUNNING, s -> assertShare(s, 1, 4, 0))
        .hasEntrySatisfying(Category.UNNAMED_IMAGES, s -> assertShare(s, 0, 0, 0));
    assertThat(usage.bytes() / MEBIBYTE).isEqualTo(10);
    assertThat(usage.freeBytes()).isPositive();
    lease.release();
    assertThat(cache.space().usage().shares())
        .hasEntrySatisfying(Category.SNAPSHOTS, s -> assertShare(s, 1, 2, 2))
        .hasEntrySatisfying(Category.CACHE_MOUNTS, s -> assertShare(s, 1, 3, 3))
        .hasEntrySatisfying(Category.RUNNING, s -> assertShare(s, 0, 0, 0));
  }

  @Test
  void anImageCountsOnceForEachOfItsNames() throws Exception {
    image("one", "x".repeat(MEBIBYTE));
    image("two", "x".repeat(MEBIBYTE));
    image("three", "y".repeat(MEBIBYTE));
    assertThat(cache.images().all()).hasSize(3);
    assertThat(cache.space().usage().shares())
        .hasEntrySatisfying(Category.IMAGES, s -> assertShare(s, 3, 2, 0));
  }

  @Test
  void whatIsReclaimableIsWhatGoesWhenNothingNamedDoes() throws Exception {
    image("named", "x".repeat(MEBIBYTE));
    cache
        .images()
        .ensure(new RootfsTarball(test.write("o", new TarBytes().file("f", "o").bytes())));
    source(MEBIBYTE);
    fillCache("m2", MEBIBYTE);
    lease.release();
    long reclaimable =
        cache.space().usage().shares().values().stream()
            .mapToLong(Space.Share::reclaimableBytes)
            .sum();
    assertThat(cache.space().prune(Policy.unused()).bytes()).isEqualTo(reclaimable).isPositive();
  }

  @Test
  void anImageWithoutAByteGoesWithTheOthersAndIsToldByItsNames() throws Exception {
    Path empty = test.write("empty.tar", new TarBytes().bytes());
    Image image = cache.images().load(new ImageName("tiny"), new RootfsTarball(empty)).image();
    cache.images().load(new ImageName("other"), new RootfsTarball(empty));
    lease.release();

    assertThat(cache.space().prune(Policy.everything()).removed())
        .containsExactly("image other, tiny (%s)".formatted(image.id()));

    assertThat(cache.images().all()).isEmpty();
  }

  private static void assertShare(Space.Share share, int count, int mebibytes, int reclaimable) {
    assertThat(share.count()).isEqualTo(count);
    assertThat(share.bytes() / MEBIBYTE).isEqualTo(mebibytes);
    assertThat(share.reclaimableBytes() / MEBIBYTE).isEqualTo(reclaimable);
  }

  @Test
  void whatALeaseHoldsStays() throws Exception {
    LayerId held = source(MEBIBYTE);
    fillCache("m2", MEBIBYTE);

    assertThat(cache.space().prune(Policy.everything()).removed()).isEmpty();

    assertThat(isThere(held)).isTrue();
    lease.release();
    assertThat(cache.space().prune(Policy.everything()).removed())
        .containsExactlyInAnyOrder("layer " + held, "cache m2");
    assertThat(isThere(held)).isFalse();
    assertThat(cache.cacheMounts().all()).isEmpty();
  }

  @Test
  void whatIsPinnedStaysUntilItIsUnpinned() throws Exception {
    image("image", "x");
    LayerId workspace = source(10);
    LayerId root = source(10);
    LayerId other = source(10);
    cache.leases().pin("build 1", List.of(workspace, root));
    lease.release();

    cache.space().prune(Policy.everything());

    assertThat(isThere(workspace)).isTrue();
    assertThat(isThere(root)).isTrue();
    assertThat(isThere(other)).isFalse();
    assertThat(cache.leases().pins()).containsExactly("build 1");
    cache.leases().unpin("build 1");
    cache.space().prune(Policy.everything());
    assertThat(isThere(workspace)).isFalse();
    assertThat(test.root().resolve("layers")).isEmptyDirectory();
    assertThat(test.root().resolve("images")).isEmptyDirectory();
    assertThat(test.root().resolve("names")).isEmptyDirectory();
    assertThat(test.root().resolve("blobs")).isEmptyDirectory();
  }

  @Test
  void aLayerThatIsNotThereCannotBePinned() {
    List<LayerId> lost = List.of(LayerId.parse("0".repeat(26)));

    assertThatThrownBy(() -> cache.leases().pin("p", lost)).isInstanceOf(LayerCacheException.class);
    assertThat(cache.leases().pins()).isEmpty();
  }

  @Test
  void theLeastRecentlyUsedGoesFirstAndNoMoreThanNeeded() throws Exception {
    LayerId first = source(MEBIBYTE);
    LayerId second = source(MEBIBYTE);
    LayerId third = source(MEBIBYTE);
    test.clock().pass(Duration.ofMinutes(1));
    lease.hold(first);
    lease.release();
    long keep = cache.space().usage().bytes() - MEBIBYTE;

    Space.Pruned pruned =
        cache.space().prune(new Policy(List.of(Category.SNAPSHOTS), keep, Duration.ZERO));

    assertThat(pruned.removed()).containsExactly("layer " + second);
    assertThat(pruned.bytes()).isGreaterThanOrEqualTo(MEBIBYTE);
    assertThat(isThere(first)).isTrue();
    assertThat(isThere(third)).isTrue();
  }

  @Test
  void whatWasUsedLatelyStays() throws Exception {
    LayerId old = source(10);
    test.clock().pass(Duration.ofDays(3));
    LayerId fresh = source(10);
    lease.release();

    cache.space().prune(new Policy(List.of(Category.SNAPSHOTS), 0, Duration.ofDays(2)));

    assertThat(isThere(old)).isFalse();
    assertThat(isThere(fresh)).isTrue();
  }

  @Test
  void imagesThatAUserNamedStayUnlessAskedFor() throws Exception {
    Image named = image("named", "x");
    Path file = test.write("other", new TarBytes().file("f", "other").bytes());
    Image unnamed = cache.images().ensure(new RootfsTarball(file));

    cache.space().prune(Policy.unused());

    assertThat(cache.images().named(new ImageName("named"))).contains(named);
    assertThatThrownBy(() -> cache.images().byId(unnamed.id()))
        .isInstanceOf(LayerCacheException.class);
    assertThat(cache.images().ensure(new RootfsTarball(file))).isEqualTo(unnamed);
    cache.space().prune(Policy.everything());
    assertThat(cache.images().named(new ImageName("named"))).isEmpty();
  }

  @Test
  void aLayerThatAnotherImageNeedsStays() throws Exception {
    byte[] base = new TarBytes().file("f", "base").bytes();
    byte[] top = new TarBytes().file("g", "top").bytes();
    Path small = test.write("1.tar", TestStore.dockerArchive("a", List.of(base)));
    Path large = test.write("2.tar", TestStore.dockerArchive("a", List.of(base, top)));
    Image one =
        cache
            .images()
            .load(new ImageName("one"), new ImageSource.DockerArchive(small, null))
            .image();
    Image two =
        cache
            .images()
            .load(new ImageName("two"), new ImageSource.DockerArchive(large, null))
            .image();
    cache.images().remove(new ImageName("two"));

    cache.space().prune(Policy.unused());

    assertThat(isThere(one.layers().getFirst())).isTrue();
    assertThat(isThere(two.layers().getLast())).isFalse();
    assertThat(cache.rootPlan(one, List.of(), null).root().lowers()).hasSize(1);
  }

  @Test
  void aBuildIsAdmittedAfterTheStoreIsBroughtBelowItsQuota() throws Exception {
    cache.close();
    cache = test.limits(LimitsBuilder.defaults().quotaBytes(3L * MEBIBYTE).build()).open();
    LayerId first = source(2 * MEBIBYTE);
    LayerId second = source(2 * MEBIBYTE);
    lease.release();

    Space.Pruned pruned = cache.space().admit();

    assertThat(pruned.removed()).containsExactly("layer " + first);
    assertThat(isThere(second)).isTrue();
    assertThat(cache.space().admit().removed()).isEmpty();
  }

  @Test
  void aBuildIsNotAdmittedToAFileSystemBelowItsReserve() throws Exception {
    cache.close();
    long total = Files.getFileStore(directory).getTotalSpace();
    long free = Files.getFileStore(directory).getUsableSpace();
    cache = test.limits(LimitsBuilder.defaults().reserveBytes(Long.MAX_VALUE).build()).open();

    if (free < total / 20) {
      assertThatThrownBy(() -> cache.space().admit())
          .isInstanceOfSatisfying(
              LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.STORE_FULL));
    } else {
      // The reserve is at most a twentieth of the file system, which is free here.
      assertThat(cache.space().admit().removed()).isEmpty();
    }
  }

  @Test
  void cachesAreListedWithTheirSizeTheLeastRecentlyUsedFirst() throws Exception {
    fillCache("first", MEBIBYTE);
    test.clock().pass(Duration.ofHours(1));
    fillCache("second", 2 * MEBIBYTE);

    assertThat(cache.cacheMounts().all())
        .extracting(CacheMounts.CacheMount::key)
        .containsExactly("first", "second");
    assertThat(cache.cacheMounts().all())
        .allMatch(CacheMounts.CacheMount::isInUse)
        .extracting(mount -> mount.size().bytes() / MEBIBYTE)
        .containsExactly(1L, 2L);
    test.clock().pass(Duration.ofHours(1));
    fillCache("first", MEBIBYTE);
    assertThat(cache.cacheMounts().all())
        .extracting(CacheMounts.CacheMount::key)
        .containsExactly("second", "first");
  }

  @Test
  void aCacheKeepsItsFilesFromBuildToBuild() throws Exception {
    fillCache("m2", 100);
    lease.release();
    Lease next = TestStore.lease(cache);

    Path again = cache.cacheMounts().use(next, "m2");

    assertThat(cache.root().resolve(again).resolve("f")).hasSize(100);
  }

  @Test
  void keysOfCachesHaveALimit() throws Exception {
    assertThat(cache.cacheMounts().use(lease, "k".repeat(2048))).isRelative();
    assertThatThrownBy(() -> cache.cacheMounts().use(lease, "k".repeat(2049)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> cache.cacheMounts().use(lease, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
