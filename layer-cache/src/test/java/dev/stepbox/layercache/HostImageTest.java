package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.ImageSource.HostImage;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host's image shows programs and hides what an ordinary visitor should not see. */
class HostImageTest {
  private static final List<Path> DIRECTORIES =
      List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/var"), Path.of("/missing"));

  @TempDir private Path directory;
  private TestStore test;
  private LayerCache cache;
  private Path host;

  @BeforeEach
  void open() throws Exception {
    test = new TestStore(directory);
    host = test.host();
    for (String name :
        List.of(
            "usr/bin",
            "etc/ssl/private",
            "etc/cron",
            "var/log",
            "var/lib/home/u",
            "home/user",
            "root",
            "tmp")) {
      Files.createDirectories(host.resolve(name));
    }
    write("usr/bin/tool", 0755);
    write("etc/passwd", 0644);
    write("etc/shadow", 0640);
    write("etc/ssl/private/key", 0644);
    write("etc/cron/open", 0644);
    write("etc/cron/closed", 0600);
    write("var/log/secret", 0644);
    write("var/lib/home/u/token", 0644);
    write("home/user/key", 0644);
    mode("etc/ssl/private", 0710);
    Files.createSymbolicLink(host.resolve("bin"), Path.of("usr/bin"));
    Files.createSymbolicLink(host.resolve("lib"), Path.of("/usr/lib"));
    Files.createSymbolicLink(host.resolve("vmlinuz"), Path.of("boot/vmlinuz"));
    cache = test.open();
  }

  @AfterEach
  void closeAndRemove() {
    cache.close();
    // Links to outside would make a directory of JUnit complain.
    new OwnIdTree().remove(directory.resolve("store"));
    new OwnIdTree().remove(directory.resolve("host"));
    new OwnIdTree().remove(directory.resolve("real"));
  }

  private void write(String name, int mode) throws IOException {
    Files.writeString(host.resolve(name), "x");
    mode(name, mode);
  }

  private void mode(String name, int mode) throws IOException {
    Files.setAttribute(host.resolve(name), "unix:mode", mode);
  }

  private static HostImage source() {
    return new HostImage(DIRECTORIES, List.of(Path.of("/var/lib/home/u")), List.of());
  }

  private Path skeleton(Image image, String part) throws InterruptedException {
    OverlayPlan root = cache.rootPlan(image, List.of(), null).root();
    Path rootPart = ((Lower.InStore) root.lowers().getFirst()).path();
    return cache.root().resolve(rootPart).resolveSibling(part);
  }

  private TreeEntry.Kind kind(Image image, String part, String path) throws InterruptedException {
    Optional<TreeEntry> entry = new OwnIdTree().entry(skeleton(image, part), TreePath.of(path));
    return entry.orElseThrow(() -> new AssertionError("nothing at " + path)).kind();
  }

  private boolean isUntouched(Image image, String part, String path) throws InterruptedException {
    return new OwnIdTree().entry(skeleton(image, part), TreePath.of(path)).isEmpty();
  }

  @Test
  void theTopHasTheLinksOfTheHostAndEmptyDirectories() throws Exception {
    Image image = cache.images().ensure(source());

    Path top = skeleton(image, "rootfs");
    try (var names = Files.list(top)) {
      assertThat(names.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "bin", "dev", "etc", "home", "lib", "proc", "root", "run", "sys", "tmp", "usr",
              "var");
    }
    assertThat(Files.readSymbolicLink(top.resolve("bin"))).isEqualTo(Path.of("usr/bin"));
    assertThat(top.resolve("home")).isEmptyDirectory();
    assertThat(top.resolve("usr")).isEmptyDirectory();
    assertThat(Files.getAttribute(top.resolve("tmp"), "unix:mode")).isEqualTo(041777);
    assertThat(Files.getAttribute(top.resolve("root"), "unix:mode")).isEqualTo(040700);
  }

  @Test
  void eachDirectoryOfTheHostIsAMountOfItsOwn() throws Exception {
    Image image = cache.images().ensure(source());
    Lease lease = TestStore.lease(cache);
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Root(image.id()));

    RootPlan plan = cache.rootPlan(image, List.of(), writes);

    assertThat(image.hostDirectories())
        .containsExactly(Path.of("/usr"), Path.of("/etc"), Path.of("/var"));
    assertThat(plan.mounts().keySet()).containsExactly("/usr", "/etc", "/var");
    OverlayPlan etc = Objects.requireNonNull(plan.mounts().get("/etc"));
    assertThat(etc.lowers().getFirst()).isEqualTo(new Lower.OnHost(Path.of("/etc")));
    assertThat(etc.lowers()).hasSize(2);
    OverlayPlan.Writes upper = Objects.requireNonNull(etc.writes());
    assertThat(cache.root().resolve(upper.upper())).isEmptyDirectory();
    assertThat(cache.root().resolve(upper.work())).isEmptyDirectory();
    assertThat(upper.upper()).isNotEqualTo(Objects.requireNonNull(plan.root().writes()).upper());
    lease.release();
  }

  @Test
  void whatAStageChangedInTheHostImageLiesOverEachPart() throws Exception {
    Image image = cache.images().ensure(source());
    Lease lease = TestStore.lease(cache);
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Root(image.id()));
    RootPlan plan = cache.rootPlan(image, List.of(), writes);
    OverlayPlan etc = Objects.requireNonNull(plan.mounts().get("/etc"));
    Path upper = cache.root().resolve(Objects.requireNonNull(etc.writes()).upper());
    Files.writeString(upper.resolve("hosts"), "changed");
    LayerId made = writes.capture().orElseThrow();

    RootPlan next = cache.rootPlan(image, List.of(made), null);

    Lower last = Objects.requireNonNull(next.mounts().get("/etc")).lowers().getLast();
    assertThat(cache.root().resolve(((Lower.InStore) last).path()).resolve("hosts"))
        .hasContent("changed");
    assertThat(next.mounts().values()).allMatch(mount -> mount.lowers().size() == 3);
    assertThat(next.root().lowers()).hasSize(2);
    lease.release();
  }

  @Test
  void aStageThatChangedNothingInTheHostImageLeavesNoLayer() throws Exception {
    Image image = cache.images().ensure(source());
    Lease lease = TestStore.lease(cache);

    assertThat(cache.newWriteLayer(lease, new Purpose.Root(image.id())).capture()).isEmpty();
    lease.release();
  }

  @Test
  void whatOthersMayNotReadIsHidden() throws Exception {
    Image image = cache.images().ensure(source());

    // A container has no such file, and these tests run in one, too.
    if (Files.exists(Path.of("/etc/shadow"))) {
      assertThat(kind(image, "etc", "shadow")).isEqualTo(TreeEntry.Kind.WHITEOUT);
    }
    assertThat(kind(image, "etc", "ssl/private")).isEqualTo(TreeEntry.Kind.WHITEOUT);
    assertThat(kind(image, "etc", "cron/closed")).isEqualTo(TreeEntry.Kind.WHITEOUT);
    assertThat(isUntouched(image, "etc", "cron/open")).isTrue();
    assertThat(isUntouched(image, "etc", "passwd")).isTrue();
    assertThat(isUntouched(image, "usr", "bin")).isTrue();
  }

  @Test
  void whatConcernsTheRunningHostIsEmpty() throws Exception {
    Image image = cache.images().ensure(source());

    assertThat(kind(image, "var", "log")).isEqualTo(TreeEntry.Kind.OPAQUE_DIRECTORY);
    assertThat(isUntouched(image, "var", "log/secret")).isTrue();
  }

  @Test
  void whatTheSourceNamesIsHidden() throws Exception {
    Image image = cache.images().ensure(source());

    assertThat(kind(image, "var", "lib/home/u")).isEqualTo(TreeEntry.Kind.WHITEOUT);
    assertThat(isUntouched(image, "var", "lib/home/u/token")).isTrue();
  }

  @Test
  void socketsAreHidden() throws Exception {
    Path socket = host.resolve("etc/s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      mode("etc/s", 0777);
      Image image = cache.images().ensure(source());

      assertThat(kind(image, "etc", "s")).isEqualTo(TreeEntry.Kind.WHITEOUT);
    }
  }

  @Test
  void theSkeletonIsMadeAnewWhenTheHostHasChangedOrADayIsOver() throws Exception {
    Image first = cache.images().ensure(source());

    assertThat(cache.images().ensure(source())).isEqualTo(first);
    Files.createDirectory(host.resolve("etc/new"));
    Image second = cache.images().ensure(source());
    assertThat(second).isNotEqualTo(first);
    test.clock().pass(Duration.ofDays(1));
    assertThat(cache.images().ensure(source())).isNotEqualTo(second);
  }

  @Test
  void theSkeletonOfThisMachineIsMade() throws Exception {
    cache.close();
    TestStore real = new TestStore(directory.resolve("real"));
    Files.createDirectories(directory.resolve("real"));
    Files.createSymbolicLink(real.host(), Path.of("/"));
    cache = real.open();

    Image image = cache.images().ensure(new HostImage(HostImage.DIRECTORIES, List.of(), List.of()));

    assertThat(image.hostDirectories()).contains(Path.of("/usr"), Path.of("/etc"));
    // A container has no such file, and these tests run in one, too.
    if (Files.exists(Path.of("/etc/shadow"))) {
      assertThat(kind(image, "etc", "shadow")).isEqualTo(TreeEntry.Kind.WHITEOUT);
    }
  }
}
