package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.ImageSource.DockerArchive;
import dev.stepbox.layercache.ImageSource.OciLayout;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.archive.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks 54, 56 and 57 of the security bar, as far as they concern whole images. */
class HostileImageTest {
  private static final ImageName NAME = new ImageName("hostile");
  private static final byte[] LAYER = new TarBytes().file("f", "content").bytes();
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
  private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

  @TempDir private Path directory;
  private TestStore test;
  private LayerCache cache;
  private Path layout;
  private Path blobs;

  @BeforeEach
  void open() throws Exception {
    test = new TestStore(directory);
    cache = test.open();
    layout = directory.resolve("layout");
    blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private void assertFails(ImageSource source, Code code) {
    assertThatThrownBy(() -> cache.images().load(NAME, source))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(code));
    for (String place : List.of("layers", "images", "names", "blobs", "trash")) {
      assertThat(test.root().resolve(place)).isEmptyDirectory();
    }
  }

  private OciLayout layout(String layerDescriptor, String configDescriptor) throws IOException {
    String manifest =
        "{\"config\":%s,\"layers\":[%s]}".formatted(configDescriptor, layerDescriptor);
    return indexed(TestStore.blob(blobs, MANIFEST_TYPE, manifest.getBytes(UTF_8), ""));
  }

  private OciLayout indexed(String descriptors) throws IOException {
    Files.writeString(layout.resolve("index.json"), "{\"manifests\":[%s]}".formatted(descriptors));
    return new OciLayout(layout, null);
  }

  private String config() throws IOException {
    return TestStore.blob(blobs, CONFIG_TYPE, TestStore.config(List.of(LAYER)), "");
  }

  @Nested
  class Check54DigestsAndKinds {
    @Test
    void aLayerWithAnotherDiffIdIsRefused() throws Exception {
      byte[] other = new TarBytes().file("f", "other").bytes();
      String layer = TestStore.blob(blobs, LAYER_TYPE, other, "");

      assertFails(layout(layer, config()), Code.DIGEST_MISMATCH);
    }

    @Test
    void aLayerWhoseFileHasAnotherDigestIsRefused() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE + "+gzip", TestStore.gzip(LAYER), "");
      Path file = blobs.resolve(TestStore.sha256(TestStore.gzip(LAYER)).hex());
      byte[] bytes = Files.readAllBytes(file);
      bytes[4] ^= 1; // The time in the header of gzip: the archive in it stays the same.
      Files.write(file, bytes);

      assertFails(layout(layer, config()), Code.DIGEST_MISMATCH);
    }

    @Test
    void aConfigWithAnotherDigestIsRefused() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");
      String config = config();
      Path file = blobs.resolve(TestStore.sha256(TestStore.config(List.of(LAYER))).hex());
      Files.writeString(file, Files.readString(file).replace("sh", "sX"));

      assertFails(layout(layer, config), Code.DIGEST_MISMATCH);
    }

    @Test
    void aDocumentOfAnotherSizeIsRefused() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");
      String config = config().replaceAll("\"size\":\\d+", "\"size\":5");

      assertFails(layout(layer, config), Code.DIGEST_MISMATCH);
    }

    @Test
    void aDockerConfigThatIsNotWhatItsNameSaysIsRefused() throws Exception {
      String manifest = "[{\"Config\":\"%s.json\",\"Layers\":[\"l\"]}]".formatted("0".repeat(64));
      byte[] archive =
          new TarBytes()
              .entry('0', "l", "", LAYER)
              .entry('0', "0".repeat(64) + ".json", "", TestStore.config(List.of(LAYER)))
              .entry('0', "manifest.json", "", manifest.getBytes(UTF_8))
              .bytes();

      assertFails(new DockerArchive(test.write("a.tar", archive), null), Code.DIGEST_MISMATCH);
    }

    @Test
    void aConfigInPlaceOfALayerIsRefused() throws Exception {
      assertFails(layout(config(), config()), Code.UNSUPPORTED);
    }

    @Test
    void aLayerInPlaceOfAConfigIsRefused() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");

      assertFails(layout(layer, layer), Code.UNSUPPORTED);
    }

    @Test
    void aLayerThatWantsToBeFetchedFromElsewhereIsRefused() throws Exception {
      String layer =
          TestStore.blob(blobs, LAYER_TYPE, LAYER, ",\"urls\":[\"http://169.254.169.254/\"]");

      assertFails(layout(layer, config()), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aForeignLayerIsRefused() throws Exception {
      String layer =
          TestStore.blob(blobs, "application/vnd.docker.image.rootfs.foreign.diff.tar", LAYER, "");

      assertFails(layout(layer, config()), Code.UNSUPPORTED);
    }

    @Test
    void anotherNumberOfLayersThanTheConfigNamesIsDamage() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");

      assertFails(layout(layer + "," + layer, config()), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void indexesWithinIndexesEndAtALimit() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");
      String manifest = "{\"config\":%s,\"layers\":[%s]}".formatted(config(), layer);
      String inner = TestStore.blob(blobs, MANIFEST_TYPE, manifest.getBytes(UTF_8), "");
      for (int level = 0; level < 4; level++) {
        String index = "{\"manifests\":[%s]}".formatted(inner);
        inner = TestStore.blob(blobs, INDEX_TYPE, index.getBytes(UTF_8), "");
      }
      String deeper =
          TestStore.blob(
              blobs, INDEX_TYPE, "{\"manifests\":[%s]}".formatted(inner).getBytes(UTF_8), "");

      assertFails(indexed(deeper), Code.ARCHIVE_REFUSED);
      assertThat(cache.images().load(NAME, indexed(inner)).layersNew()).isEqualTo(1);
    }

    @Test
    void anImageForAnotherPlatformIsToldSo() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");
      String manifest = "{\"config\":%s,\"layers\":[%s]}".formatted(config(), layer);
      String other =
          TestStore.blob(
              blobs,
              MANIFEST_TYPE,
              manifest.getBytes(UTF_8),
              ",\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}");

      assertThatThrownBy(() -> cache.images().load(NAME, indexed(other)))
          .hasMessageContaining("linux/amd64")
          .hasMessageContaining("linux/s390x");
    }

    @Test
    void digestsOfOtherAlgorithmsAndPathsInThemAreRefused() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");
      String climbing = layer.replaceAll("sha256:[0-9a-f]+", "sha256:../../../etc/passwd");

      assertFails(layout(climbing, config()), Code.ARCHIVE_CORRUPT);
      assertFails(layout(layer.replace("sha256:", "md5:"), config()), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aMissingLayerIsDamage() throws Exception {
      String layer = TestStore.blob(blobs, LAYER_TYPE, LAYER, "");
      Files.delete(blobs.resolve(TestStore.sha256(LAYER).hex()));

      assertFails(layout(layer, config()), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void oneBadLayerOfSeveralLeavesNothingOfTheOthers() throws Exception {
      byte[] bad = new TarBytes().file("../x", "x").bytes();
      byte[] archive = TestStore.dockerArchive("a", List.of(LAYER, bad, LAYER));

      assertFails(new DockerArchive(test.write("a.tar", archive), null), Code.ARCHIVE_REFUSED);
    }
  }

  @Nested
  class Check56Poisoning {
    @Test
    void aChangedLayerIsFoundAndRepairedByImportingAgain() throws Exception {
      DockerArchive source =
          new DockerArchive(
              test.write("a.tar", TestStore.dockerArchive("a", List.of(LAYER))), null);
      Image image = cache.images().load(NAME, source).image();
      LayerId id = image.layers().getFirst();
      Path file = tree(id).resolve("f");
      Files.writeString(file, "CONTENT");

      assertThat(cache.verify()).containsExactly(id);
      assertThatThrownBy(() -> cache.layer(id))
          .isInstanceOfSatisfying(
              LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.LAYER_UNKNOWN));
      cache.images().load(NAME, source);
      assertThat(file).hasContent("content");
      assertThat(cache.verify()).isEmpty();
    }

    @Test
    void aMissingFileOfALayerIsFound() throws Exception {
      DockerArchive source =
          new DockerArchive(
              test.write("a.tar", TestStore.dockerArchive("a", List.of(LAYER))), null);
      LayerId id = cache.images().load(NAME, source).image().layers().getFirst();
      Files.delete(tree(id).resolve("f"));

      assertThat(cache.verify()).containsExactly(id);
    }

    @Test
    void aTornRecordIsToldAndRepairedByImportingAgain() throws Exception {
      DockerArchive source =
          new DockerArchive(
              test.write("a.tar", TestStore.dockerArchive("a", List.of(LAYER))), null);
      Image image = cache.images().load(NAME, source).image();
      Path record = tree(image.layers().getFirst()).resolveSibling("layer");
      Files.write(record, new byte[0]);

      assertThatThrownBy(() -> cache.rootPlan(image, List.of(), null))
          .isInstanceOfSatisfying(
              LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(Code.STORE_CORRUPT));
      assertThat(cache.images().load(NAME, source).layersNew()).isEqualTo(1);
      assertThat(cache.rootPlan(image, List.of(), null).root().lowers()).hasSize(1);
    }

    private Path tree(LayerId id) throws InterruptedException {
      OverlayPlan plan = cache.workspacePlan(List.of(id), null);
      return cache.root().resolve(((OverlayPlan.Lower.InStore) plan.lowers().getFirst()).path());
    }
  }

  @Nested
  class Check57Collisions {
    private LayerId imported(TarBytes archive) throws Exception {
      Path file = test.write("rootfs.tar", archive.bytes());
      return cache
          .images()
          .load(NAME, new ImageSource.RootfsTarball(file))
          .image()
          .layers()
          .getFirst();
    }

    @Test
    void layersThatDifferOnlyInMetadataAreDifferent() throws Exception {
      assertThat(
              List.of(
                  imported(new TarBytes().file("f", "x")),
                  imported(new TarBytes().mode(0600).file("f", "x")),
                  imported(new TarBytes().owner(5).file("f", "x")),
                  imported(new TarBytes().modified(5).file("f", "x")),
                  imported(new TarBytes().pax("SCHILY.xattr.user.a", "b").file("f", "x")),
                  imported(new TarBytes().link("f", "x")),
                  imported(new TarBytes().file("\u00c3\u00a9", "x")),
                  imported(new TarBytes().file("e\u00cc\u0081", "x"))))
          .doesNotHaveDuplicates();
    }

    @Test
    void differentKeysOfCachesAreDifferentDirectories() throws Exception {
      Lease lease = TestStore.lease(cache);

      assertThat(
              List.of(
                  cache.cacheMounts().use(lease, "a/b"),
                  cache.cacheMounts().use(lease, "a%2Fb"),
                  cache.cacheMounts().use(lease, "A/b"),
                  cache.cacheMounts().use(lease, "../a"),
                  cache.cacheMounts().use(lease, "\u00e9"),
                  cache.cacheMounts().use(lease, "e\u0301")))
          .doesNotHaveDuplicates()
          .allMatch(path -> path.startsWith("caches") && path.getNameCount() == 3);
      lease.release();
    }
  }
}
