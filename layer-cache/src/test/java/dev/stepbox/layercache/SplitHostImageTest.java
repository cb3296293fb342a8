package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.ImageSource.HostImage;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of the host that cannot be below an overlay is shown child by child. */
class SplitHostImageTest {
  private static final List<Path> DIRECTORIES =
      List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/var"));
  private static final Path CONTAINER = Path.of("/var/lib/docker/overlay/1/merged");

  @TempDir private Path directory;
  private LayerCache cache;
  private Path host;

  @BeforeEach
  void open() throws Exception {
    host = directory.resolve("host");
    for (String name :
        List.of(
            "usr/bin",
            "etc/ssl",
            "var/log",
            "var/cache/apt",
            "var/data",
            "var/lib/dpkg/info",
            "var/lib/closed",
            "var/lib/docker/overlay/1/merged",
            "var/lib/ci/.ssh")) {
      Files.createDirectories(host.resolve(name));
    }
    write("etc/passwd", 0644);
    write("etc/machine-id", 0444);
    write("etc/shadow", 0640);
    write("etc/ssl/key", 0600);
    write("var/log/secret", 0644);
    write("var/lib/dpkg/status", 0644);
    write("var/lib/dpkg/lock", 0640);
    write("var/lib/note", 04755);
    write("var/lib/private", 0600);
    write("var/lib/ci/.ssh/id", 0644);
    mode("var/lib/closed", 0700);
    mode("var/lib/docker", 0710);
    Files.createSymbolicLink(host.resolve("var/run"), Path.of("/run"));
    cache = new TestStore(directory).open();
  }

  @AfterEach
  void closeAndRemove() {
    cache.close();
    // Links to outside would make a directory of JUnit complain.
    new OwnIdTree().remove(host);
    new OwnIdTree().remove(directory.resolve("store"));
  }

  private void write(String name, int mode) throws IOException {
    Files.writeString(host.resolve(name), "x");
    mode(name, mode);
  }

  private void mode(String name, int mode) throws IOException {
    Files.setAttribute(host.resolve(name), "unix:mode", mode);
  }

  private Image image(Path... mountPoints) throws InterruptedException {
    List<Path> hidden = List.of(Path.of("/var/lib/ci"));
    return cache.images().ensure(new HostImage(DIRECTORIES, hidden, List.of(mountPoints)));
  }

  private Path part(Image image, String name) throws InterruptedException {
    OverlayPlan root = cache.rootPlan(image, List.of(), null).root();
    Path rootPart = ((Lower.InStore) root.lowers().getFirst()).path();
    return cache.root().resolve(rootPart).resolveSibling(name);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void eachChildOfADirectoryWithAMountInItIsAnOverlay() throws Exception {
    Image image = image(CONTAINER);

    assertThat(image.hostDirectories())
        .containsExactlyInAnyOrder(
            Path.of("/usr"),
            Path.of("/etc"),
            Path.of("/var/cache"),
            Path.of("/var/data"),
            Path.of("/var/lib/dpkg"));
    assertThat(image.notices()).isEmpty();
    Path root = part(image, "rootfs");
    assertThat(names(root.resolve("var"))).containsExactly("cache", "data", "lib", "log", "run");
    assertThat(names(root.resolve("var/lib"))).containsExactly("dpkg", "note");
    assertThat(root.resolve("var/lib/dpkg")).isEmptyDirectory();
    assertThat(root.resolve("var/log")).isEmptyDirectory();
    assertThat(Files.readSymbolicLink(root.resolve("var/run"))).isEqualTo(Path.of("/run"));
  }

  @Test
  void copiesHaveTheModesOfTheHostWithoutItsSetuidBits() throws Exception {
    Path root = part(image(CONTAINER), "rootfs");

    assertThat(root.resolve("var/lib/note")).hasContent("x");
    assertThat(Files.getAttribute(root.resolve("var/lib/note"), "unix:mode")).isEqualTo(0100755);
    assertThat(Files.getAttribute(root.resolve("var/lib"), "unix:mode")).isEqualTo(040755);
  }

  @Test
  void whatIsHiddenInAChildIsHiddenStill() throws Exception {
    Path mask = part(image(CONTAINER), "var%2Flib%2Fdpkg");

    assertThat(new OwnIdTree().entry(mask, TreePath.of("lock")).orElseThrow().kind())
        .isEqualTo(TreeEntry.Kind.WHITEOUT);
    assertThat(new OwnIdTree().entry(mask, TreePath.of("status"))).isEmpty();
  }

  @Test
  void aMountPointThatHasNothingBelowIsAnOverlayLikeOthers() throws Exception {
    assertThat(image(Path.of("/var/data")).hostDirectories())
        .contains(Path.of("/var/data"), Path.of("/var/cache"), Path.of("/var/lib"));
  }

  @Test
  void whatTellsTheMachineFromOthersIsEmptyWhereItIsCopied() throws Exception {
    Path etc = part(image(Path.of("/etc/hosts")), "rootfs").resolve("etc");

    assertThat(etc.resolve("machine-id")).isEmptyFile();
    assertThat(names(etc)).containsExactly("machine-id", "passwd", "ssl");
  }

  @Test
  void aMountBelowSomethingHiddenDoesNotMakeAnotherImage() throws Exception {
    Path other = Path.of("/var/lib/docker/overlay/2/merged");
    Image first = image(CONTAINER);

    assertThat(image(CONTAINER, other)).isEqualTo(first);
    assertThat(image(other)).isEqualTo(first);
    assertThat(image()).isNotEqualTo(first);
    assertThat(image().hostDirectories()).containsExactlyElementsOf(DIRECTORIES);
  }

  @Test
  void aNewDirectoryInADirectoryThatIsTakenApartMakesAnotherImage() throws Exception {
    Image first = image(CONTAINER);
    Files.createDirectory(host.resolve("var/lib/new"));

    assertThat(image(CONTAINER).hostDirectories()).contains(Path.of("/var/lib/new"));
    assertThat(image(CONTAINER)).isNotEqualTo(first);
  }

  @Test
  void noDirectoryWithTheStoreInItIsALowerOne() throws Exception {
    Path home = Files.createDirectories(host.resolve("var/lib/stepbox"));
    Files.createDirectory(home.resolve("beside"));
    TestStore inside = new TestStore(home);
    Files.createSymbolicLink(inside.host(), host);
    try (LayerCache other = inside.open()) {
      Image image = other.images().ensure(new HostImage(DIRECTORIES, List.of(), List.of()));

      assertThat(image.hostDirectories())
          .contains(Path.of("/var/lib/dpkg"), Path.of("/var/lib/stepbox/beside"))
          .noneMatch(inside.root()::startsWith)
          .noneMatch(path -> Path.of("/var/lib/stepbox/store").startsWith(path));
    }
  }

  @Test
  void whatIsReachedThroughALinkIsHiddenWhereItIs() throws Exception {
    Files.createSymbolicLink(host.resolve("home"), Path.of("var/lib"));
    HostImage source = new HostImage(DIRECTORIES, List.of(Path.of("/home/ci")), List.of(CONTAINER));

    Image image = cache.images().ensure(source);

    assertThat(image.hostDirectories()).doesNotContain(Path.of("/var/lib/ci"));
    assertThat(part(image, "rootfs").resolve("var/lib/ci")).doesNotExist();
  }

  @Test
  void whatAStageWritesInAChildIsThereInTheNext() throws Exception {
    Image image = image(CONTAINER);
    Lease lease = TestStore.lease(cache);
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Root(image.id()));
    OverlayPlan dpkg = mount(cache.rootPlan(image, List.of(), writes), "/var/lib/dpkg");
    Path upper = cache.root().resolve(Objects.requireNonNull(dpkg.writes()).upper());
    Files.writeString(upper.resolve("status"), "changed");
    LayerId made = writes.capture().orElseThrow();

    RootPlan next = cache.rootPlan(image, List.of(made), null);

    Lower last = mount(next, "/var/lib/dpkg").lowers().getLast();
    assertThat(cache.root().resolve(((Lower.InStore) last).path()).resolve("status"))
        .hasContent("changed");
    assertThat(mount(next, "/var/lib/dpkg").lowers().getFirst())
        .isEqualTo(new Lower.OnHost(Path.of("/var/lib/dpkg")));
    lease.release();
  }

  @Test
  void aLayerOfATimeWithOtherPartsIsLeftOutWhereItHasNone() throws Exception {
    Image whole = image();
    Lease lease = TestStore.lease(cache);
    WriteLayer writes = cache.newWriteLayer(lease, new Purpose.Root(whole.id()));
    OverlayPlan etc = mount(cache.rootPlan(whole, List.of(), writes), "/etc");
    Path upper = cache.root().resolve(Objects.requireNonNull(etc.writes()).upper());
    Files.writeString(upper.resolve("new"), "");
    LayerId made = writes.capture().orElseThrow();

    RootPlan plan = cache.rootPlan(image(CONTAINER), List.of(made), null);

    assertThat(mount(plan, "/etc").lowers()).hasSize(3);
    assertThat(mount(plan, "/var/lib/dpkg").lowers()).hasSize(2);
    lease.release();
  }

  private static OverlayPlan mount(RootPlan plan, String path) {
    return Objects.requireNonNull(plan.mounts().get(path));
  }
}
