package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.ImageSource.DockerArchive;
import dev.stepbox.layercache.ImageSource.OciLayout;
import dev.stepbox.layercache.ImageSource.RootfsTarball;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.archive.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of every kind come into the store as a whole, or not at all. */
class ImageImportTest {
  private static final ImageName NAME = new ImageName("test:1");
  private static final byte[] BASE =
      new TarBytes().mode(0755).directory("bin").file("bin/sh", "shell").bytes();
  private static final byte[] TOP =
      new TarBytes().file("bin/tool", "tool").file("bin/.wh.sh", "").bytes();

  @TempDir private Path directory;
  private TestStore test;
  private LayerCache cache;

  @BeforeEach
  void open() throws InterruptedException {
    test = new TestStore(directory);
    cache = test.open();
  }

  @AfterEach
  void closeAndFindNothingLeft() throws IOException {
    cache.close();
    for (String place : List.of("tmp", "trash", "leases", "writes")) {
      try (var left = Files.list(test.root().resolve(place))) {
        assertThat(left).as(place).isEmpty();
      }
    }
  }

  private Path tree(LayerId id) throws InterruptedException {
    OverlayPlan plan = cache.workspacePlan(List.of(id), null);
    return cache.root().resolve(((OverlayPlan.Lower.InStore) plan.lowers().getFirst()).path());
  }

  private void assertFails(ImageSource source, Code code) {
    assertThatThrownBy(() -> cache.images().load(NAME, source))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(code));
    assertThat(cache.images().named(NAME)).isEmpty();
    assertThat(test.root().resolve("layers")).isEmptyDirectory();
    assertThat(test.root().resolve("images")).isEmptyDirectory();
    assertThat(test.root().resolve("blobs")).isEmptyDirectory();
  }

  private void assertIsTheImage(Image image) throws Exception {
    assertThat(image.layers())
        .containsExactly(
            new LayerId.Imported(TestStore.sha256(BASE)),
            new LayerId.Imported(TestStore.sha256(TOP)));
    assertThat(TestStore.files(tree(image.layers().get(0)))).isEqualTo(Map.of("bin/sh", "shell"));
    assertThat(TestStore.files(tree(image.layers().get(1)))).containsEntry("bin/tool", "tool");
    assertThat(image.config().environment())
        .containsEntry("PATH", "/bin")
        .containsEntry("LANG", "C");
    assertThat(image.config().command()).containsExactly("sh");
    assertThat(image.config().workingDirectory()).isEqualTo("/work");
    assertThat(image.config().user()).isEqualTo("7:8");
    assertThat(image.config().platform()).isEqualTo("linux/amd64");
    assertThat(image.id()).isEqualTo(TestStore.sha256(TestStore.config(List.of(BASE, TOP))));
    assertThat(cache.images().named(NAME)).contains(image);
    assertThat(cache.images().byId(image.id())).isEqualTo(image);
  }

  @Test
  void aDockerArchiveIsImported() throws Exception {
    Path file = test.write("image.tar", TestStore.dockerArchive("a:1", List.of(BASE, TOP)));

    ImportReport report = cache.images().load(NAME, new DockerArchive(file, null));

    assertIsTheImage(report.image());
    assertThat(report.layersNew()).isEqualTo(2);
    assertThat(report.entries()).isEqualTo(4);
    assertThat(report.bytes()).isEqualTo(9);
  }

  @Test
  void aCompressedDockerArchiveIsImported() throws Exception {
    byte[] archive = TestStore.gzip(TestStore.dockerArchive("a:1", List.of(BASE, TOP)));
    Path file = test.write("image.tar.gz", archive);

    assertIsTheImage(cache.images().load(NAME, new DockerArchive(file, "a:1")).image());
  }

  @Test
  void anOciLayoutIsImported() throws Exception {
    Path layout = TestStore.ociLayout(directory.resolve("layout"), List.of(BASE, TOP));

    assertIsTheImage(cache.images().load(NAME, new OciLayout(layout, null)).image());
    assertIsTheImage(cache.images().load(NAME, new OciLayout(layout, "latest")).image());
  }

  @Test
  void aTarOfAnOciLayoutIsImportedCompressedOrNot() throws Exception {
    Path layout = TestStore.ociLayout(directory.resolve("layout"), List.of(BASE, TOP));
    TarBytes tar = new TarBytes();
    try (var files = Files.walk(layout)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        tar.entry('0', "./" + layout.relativize(file), "", Files.readAllBytes(file));
      }
    }
    byte[] archive = tar.bytes();
    Path plain = test.write("oci.tar", archive);
    Path packed = test.write("oci.tar.gz", TestStore.gzip(archive));

    assertIsTheImage(cache.images().load(NAME, new OciLayout(plain, null)).image());
    cache.images().remove(NAME);
    assertIsTheImage(cache.images().load(NAME, new OciLayout(packed, null)).image());
  }

  @Test
  void aRootFileSystemIsImportedCompressedOrNot() throws Exception {
    Path plain = test.write("rootfs.tar", BASE);
    Path packed = test.write("rootfs.tar.gz", TestStore.gzip(BASE));

    Image first = cache.images().load(NAME, new RootfsTarball(plain)).image();
    ImportReport second = cache.images().load(NAME, new RootfsTarball(packed));

    assertThat(second.image()).isEqualTo(first);
    assertThat(second.layersNew()).as("layers that the store had not").isZero();
    assertThat(first.layers()).containsExactly(new LayerId.Imported(TestStore.sha256(BASE)));
    assertThat(first.config()).isEqualTo(ImageConfig.NONE);
  }

  @Test
  void importingTheSameImageTwiceKeepsOneCopy() throws Exception {
    Path file = test.write("image.tar", TestStore.dockerArchive("a:1", List.of(BASE, TOP)));
    cache.images().load(NAME, new DockerArchive(file, null));

    ImportReport again = cache.images().load(new ImageName("other"), new DockerArchive(file, null));

    assertThat(again.layersNew()).isZero();
    try (var layers = Files.list(test.root().resolve("layers"))) {
      assertThat(layers).hasSize(2);
    }
    assertThat(cache.images().all())
        .extracting(named -> named.name().value())
        .containsExactly("other", "test:1");
  }

  @Test
  void aLayerThatAnImageHasTwiceIsUnpackedOnce() throws Exception {
    Path file = test.write("image.tar", TestStore.dockerArchive("a:1", List.of(BASE, BASE)));

    ImportReport report = cache.images().load(NAME, new DockerArchive(file, null));

    assertThat(report.layersNew()).isEqualTo(1);
    assertThat(report.image().layers()).hasSize(2);
  }

  @Test
  void oneImageOfSeveralIsChosenByItsName() throws Exception {
    byte[] config = TestStore.config(List.of(BASE));
    String manifest =
        """
        [{"Config":"c.json","RepoTags":["a:1"],"Layers":["l.tar"]},
         {"Config":"c.json","RepoTags":["b:1"],"Layers":["l.tar"]}]
        """;
    byte[] archive =
        new TarBytes()
            .entry('0', "l.tar", "", BASE)
            .entry('0', "c.json", "", config)
            .entry('0', "manifest.json", "", manifest.getBytes(UTF_8))
            .bytes();
    Path file = test.write("two.tar", archive);

    assertThat(cache.images().load(NAME, new DockerArchive(file, "b:1")).image().layers())
        .hasSize(1);
    assertThatThrownBy(() -> cache.images().load(NAME, new DockerArchive(file, null)))
        .hasMessageContaining("'a:1', 'b:1'");
    assertThatThrownBy(() -> cache.images().load(NAME, new DockerArchive(file, "c:1")))
        .hasMessageContaining("'a:1', 'b:1'");
  }

  @Test
  void aLayerThatIsALinkToAnotherIsTheOther() throws Exception {
    byte[] config = TestStore.config(List.of(BASE, BASE));
    String manifest = "[{\"Config\":\"c.json\",\"Layers\":[\"x/layer.tar\",\"y/layer.tar\"]}]";
    byte[] archive =
        new TarBytes()
            .entry('0', "x/layer.tar", "", BASE)
            .link("y/layer.tar", "../x/layer.tar")
            .entry('0', "c.json", "", config)
            .entry('0', "manifest.json", "", manifest.getBytes(UTF_8))
            .bytes();
    Path file = test.write("linked.tar", archive);

    assertThat(cache.images().load(NAME, new DockerArchive(file, null)).image().layers())
        .hasSize(2);
  }

  @Test
  void aLayerThatTakesFromThoseBelowIsNotMistakenForTheSameOnOthers() throws Exception {
    byte[] linking = new TarBytes().hardLink("mine", "bin/sh").bytes();
    byte[] otherBase = new TarBytes().mode(0700).file("bin/sh", "another").bytes();
    Path first = test.write("1.tar", TestStore.dockerArchive("a", List.of(BASE, linking)));
    Path second = test.write("2.tar", TestStore.dockerArchive("a", List.of(otherBase, linking)));

    Image one = cache.images().load(NAME, new DockerArchive(first, null)).image();
    Image two = cache.images().load(NAME, new DockerArchive(second, null)).image();
    ImportReport again = cache.images().load(NAME, new DockerArchive(first, null));

    assertThat(TestStore.files(tree(one.layers().get(1)))).containsEntry("mine", "shell");
    assertThat(TestStore.files(tree(two.layers().get(1)))).containsEntry("mine", "another");
    assertThat(again.image()).isEqualTo(one);
    assertThat(again.layersNew()).isZero();
  }

  @Test
  void aLayerThatHidesAllBelowBeginsTheStack() throws Exception {
    byte[] hiding = new TarBytes().file(".wh..wh..opq", "").file("only", "x").bytes();
    Path file = test.write("1.tar", TestStore.dockerArchive("a", List.of(BASE, hiding, TOP)));

    Image image = cache.images().load(NAME, new DockerArchive(file, null)).image();

    assertThat(image.layers())
        .containsExactly(
            new LayerId.Imported(TestStore.sha256(hiding)),
            new LayerId.Imported(TestStore.sha256(TOP)));
    Image again = cache.images().load(NAME, new DockerArchive(file, null)).image();
    assertThat(again).isEqualTo(image);
  }

  @Test
  void ensuringReadsASourceOnlyWhenItChanged() throws Exception {
    Path file = test.write("rootfs.tar", BASE);
    ImageSource source = new RootfsTarball(file);
    Image first = cache.images().ensure(source);
    Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(file));

    assertThat(cache.images().ensure(source)).isEqualTo(first);
    Files.write(file, TOP);
    assertThat(cache.images().ensure(source)).isNotEqualTo(first);
    assertThat(cache.images().all()).isEmpty();
  }

  @Test
  void aMissingSourceIsToldByItsPath() {
    Path missing = directory.resolve("nothing.tar");

    assertFails(new DockerArchive(missing, null), Code.SOURCE_UNREADABLE);
    assertFails(new RootfsTarball(missing), Code.SOURCE_UNREADABLE);
    assertFails(new OciLayout(missing, null), Code.SOURCE_UNREADABLE);
    assertFails(new RootfsTarball(directory), Code.SOURCE_UNREADABLE);
    assertThatThrownBy(() -> cache.images().load(NAME, new RootfsTarball(missing)))
        .hasMessageContaining("nothing.tar");
  }

  @Test
  void somethingThatIsNoImageIsToldSo() throws Exception {
    Path text = test.write("text", "hello\n".repeat(200).getBytes(UTF_8));
    Path tar = test.write("plain.tar", BASE);

    assertFails(new DockerArchive(text, null), Code.ARCHIVE_CORRUPT);
    assertFails(new DockerArchive(tar, null), Code.UNSUPPORTED);
    assertFails(new OciLayout(tar, null), Code.UNSUPPORTED);
    assertFails(
        new OciLayout(Files.createDirectory(directory.resolve("d")), null), Code.UNSUPPORTED);
    assertFails(new RootfsTarball(text), Code.ARCHIVE_CORRUPT);
  }

  @Test
  void anArchiveThatIsCutShortLeavesNothingBehind() throws Exception {
    byte[] whole = TestStore.dockerArchive("a:1", List.of(BASE, TOP));
    byte[] rootfs = TestStore.gzip(BASE);
    for (int cut = 600; cut < whole.length - 1024; cut += 700) {
      Path file = test.write("cut.tar", Arrays.copyOf(whole, cut));
      assertThatThrownBy(() -> cache.images().load(NAME, new DockerArchive(file, null)))
          .isInstanceOf(LayerCacheException.class);
    }
    Path file = test.write("cut.tar.gz", Arrays.copyOf(rootfs, rootfs.length / 2));
    assertFails(new RootfsTarball(file), Code.ARCHIVE_CORRUPT);
  }

  @Test
  void tooManyLayersAreRefused() throws Exception {
    cache.close();
    cache = test.limits(LimitsBuilder.defaults().layersMax(2).build()).open();
    List<byte[]> layers = new ArrayList<>(List.of(BASE, TOP));
    Path fits = test.write("2.tar", TestStore.dockerArchive("a", layers));
    layers.add(new TarBytes().file("x", "x").bytes());
    Path tooMany = test.write("3.tar", TestStore.dockerArchive("a", layers));

    assertFails(new DockerArchive(tooMany, null), Code.LIMIT_EXCEEDED);
    assertThat(cache.images().load(NAME, new DockerArchive(fits, null)).layersNew()).isEqualTo(2);
  }

  @Test
  void aManifestAtTheLimitIsReadAndALargerOneRefused() throws Exception {
    cache.close();
    byte[] archive = TestStore.dockerArchive("a", List.of(BASE));
    int configBytes = TestStore.config(List.of(BASE)).length;
    Path file = test.write("image.tar", archive);

    cache = test.limits(LimitsBuilder.defaults().jsonBytesMax(configBytes - 1).build()).open();
    assertFails(new DockerArchive(file, null), Code.LIMIT_EXCEEDED);
    cache.close();
    cache = test.limits(LimitsBuilder.defaults().jsonBytesMax(configBytes).build()).open();
    assertThat(cache.images().load(NAME, new DockerArchive(file, null)).layersNew()).isEqualTo(1);
  }

  @Test
  void anUnknownImageIsToldSo() {
    assertThat(cache.images().named(NAME)).isEmpty();
    assertThatThrownBy(() -> cache.images().remove(NAME)).hasMessageContaining("test:1");
    Digest digest = TestStore.sha256(BASE);
    assertThatThrownBy(() -> cache.images().byId(digest)).hasMessageContaining(digest.hex());
  }
}
