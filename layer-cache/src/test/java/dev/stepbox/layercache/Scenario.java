package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.ImageSource.DockerArchive;
import dev.stepbox.layercache.ImageSource.RootfsTarball;
import dev.stepbox.layercache.MergeResult.Branch;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.archive.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** All that a build does with a store, in short; and what must be true of a store at any time. */
final class Scenario {
  private static final byte[] BASE =
      new TarBytes().mode(0755).directory("bin").file("bin/sh", "shell").bytes();
  private static final byte[] TOP = new TarBytes().file("bin/.wh.sh", "").bytes();

  private final Path archive;
  private final Path rootfs;
  private final ProcessHandle process;

  private Scenario(Path archive, Path rootfs, ProcessHandle process) {
    this.archive = archive;
    this.rootfs = rootfs;
    this.process = process;
  }

  /**
   * Writes the archives.
   *
   * @param process which holds the leases
   */
  static Scenario in(Path directory, ProcessHandle process) throws IOException {
    byte[] docker = TestStore.dockerArchive("a:1", List.of(BASE, TOP));
    return new Scenario(
        Files.write(directory.resolve("image.tar"), docker),
        Files.write(directory.resolve("rootfs.tar"), BASE),
        process);
  }

  void importImage(LayerCache cache) throws InterruptedException {
    cache.images().load(new ImageName("image"), new DockerArchive(archive, null));
  }

  void run(LayerCache cache) throws IOException, InterruptedException {
    Lease lease = cache.leases().begin("build", Duration.ofMinutes(5), process);
    importImage(cache);
    Image image = cache.images().ensure(new RootfsTarball(rootfs));
    lease.hold(image);
    LayerId source = source(cache, lease, "source");
    WriteLayer root = cache.newWriteLayer(lease, new Purpose.Root(image.id()));
    WriteLayer workspace = cache.newWriteLayer(lease, new Purpose.Workspace());
    OverlayPlan plan = cache.workspacePlan(List.of(source), workspace);
    Path upper = cache.root().resolve(Objects.requireNonNull(plan.writes()).upper());
    Files.writeString(upper.resolve("built"), "by the stage");
    LayerId built = workspace.capture().orElseThrow();
    root.discard();
    LayerId one = source(cache, lease, "one");
    LayerId two = source(cache, lease, "two");
    MergeResult merged =
        cache.merge(
            lease,
            List.of(source, built),
            List.of(new Branch("A", List.of(one)), new Branch("B", List.of(two))));
    assertThat(merged).isInstanceOf(MergeResult.Merged.class);
    Path mount = cache.root().resolve(cache.cacheMounts().use(lease, "m2"));
    Files.writeString(mount.resolve("jar"), "cached");
    cache.makeDurable();
    cache.leases().pin("kept", List.of(source, built));
    lease.release();
    cache.space().prune(Space.Policy.unused());
    cache.leases().unpin("kept");
    cache.space().usage();
    cache.images().remove(new ImageName("image"));
    cache.space().prune(Space.Policy.everything());
  }

  private static LayerId source(LayerCache cache, Lease lease, String name)
      throws IOException, InterruptedException {
    try (SourceLayer layer = cache.newSourceLayer(lease)) {
      Files.writeString(layer.directory().resolve(name), name);
      return layer.seal();
    }
  }

  /** Checks a store that nobody uses. */
  static void assertSound(LayerCache cache) throws IOException, InterruptedException {
    Path root = cache.root();
    try (var left = Files.list(root.resolve("tmp"))) {
      assertThat(left).as("only what this process has").hasSize(2);
    }
    assertThat(root.resolve("trash")).isEmptyDirectory();
    assertThat(root.resolve("writes")).isEmptyDirectory();
    // An import is the work of this process, which lives.
    assertThat(cache.leases().all()).allMatch(held -> held.owner().startsWith("import"));
    try (var layers = Files.list(root.resolve("layers"))) {
      for (Path layer : layers.toList()) {
        assertThat(layer.resolve("layer")).isRegularFile();
        assertThat(layer.resolve("tree")).isDirectory();
        assertThat(layer.resolve("work")).doesNotExist();
      }
    }
    try (var caches = Files.list(root.resolve("caches"))) {
      assertThat(caches).allMatch(cache1 -> Files.isRegularFile(cache1.resolve("cache")));
    }
    assertThat(cache.verify()).isEmpty();
    for (Images.Named named : cache.images().all()) {
      assertThat(cache.rootPlan(named.image(), List.of(), null).root().lowers()).isNotEmpty();
    }
    for (String pin : cache.leases().pins()) {
      assertThat(pin).isEqualTo("kept");
    }
  }
}
