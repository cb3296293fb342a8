package dev.stepbox.layercache.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeChange;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks 49 and 50 of the security bar: paths that leave the layer, by themselves or through links.
 */
class HostilePathsTest extends HostileArchive {
  @Nested
  class Check49Paths {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "../x",
          "a/../../x",
          "a/..",
          "..",
          "/..",
          "./../x",
          "a/b/../../../x",
          "../outside/passwd",
        })
    void aPathThatClimbsIsRefused(String path) {
      assertRefused(new TarBytes().file(path, "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void anAbsolutePathMeansTheRootOfTheImage() throws Exception {
      Path tree = unpacking.unpack(new TarBytes().file("/etc/x", "in").file("//y", "in").bytes());

      assertThat(tree.resolve("etc/x")).hasContent("in");
      assertThat(tree.resolve("y")).hasContent("in");
    }

    @Test
    void aPathWithANulByteIsRefused() {
      assertRefused(new TarBytes().pax("path", "a\0/../x").file("a", ""), Code.ARCHIVE_REFUSED);
    }

    @Test
    void anEmptyPathIsRefused() {
      assertRefused(new TarBytes().file("", "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void theRootCanOnlyBeADirectory() {
      assertRefused(new TarBytes().link(".", "/etc"), Code.ARCHIVE_REFUSED);
      assertRefused(new TarBytes().file("./", "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void dotsAndRepeatedSlashesMeanNothing() throws Exception {
      Path tree = unpacking.unpack(new TarBytes().directory("./").file("./a//./b", "x").bytes());

      assertThat(tree.resolve("a/b")).hasContent("x");
    }

    @Test
    void aPathAtTheLimitIsUnpackedAndALongerOneRefused() throws Exception {
      String name = "n".repeat(255);
      String fits = "d".repeat(99) + "/" + (name + "/").repeat(12);
      TarBytes longer = new TarBytes().pax("path", "x/".repeat(2000)).directory("d");

      Path tree = unpacking.unpack(new TarBytes().pax("path", fits).directory("d").bytes());

      assertThat(Unpacking.list(tree)).hasSize(13);
      assertRefused(longer, Code.LIMIT_EXCEEDED);
      assertRefused(new TarBytes().file("n".repeat(256), ""), Code.LIMIT_EXCEEDED);
    }

    @Test
    void asManyDirectoriesAsTheLimitAreNestedAndNotOneMore() throws Exception {
      unpacking.limits(LimitsBuilder.defaults().depthMax(10).build());

      unpacking.unpack(new TarBytes().directory("d/".repeat(10)).bytes());

      assertRefused(new TarBytes().directory("d/".repeat(11)), Code.LIMIT_EXCEEDED);
    }

    @Test
    void ofDuplicateEntriesTheLastOneStays() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .owner(5)
                  .file("f", "first")
                  .owner(0)
                  .file("f", "second")
                  .directory("d")
                  .file("d/inner", "x")
                  .file("d", "now a file")
                  .file("e", "x")
                  .directory("e")
                  .bytes());

      assertThat(tree.resolve("f")).hasContent("second");
      assertThat(tree.resolve("d")).hasContent("now a file");
      assertThat(tree.resolve("e")).isDirectory();
      assertThat(unpacking.changes()).noneMatch(change -> change instanceof TreeChange.Owner);
      assertThat(LayerManifest.read(unpacking.manifest())).containsOnlyKeys("f", "d");
    }

    @Test
    void namesThatAreNotTextAreKept() throws Exception {
      Path tree = unpacking.unpack(new TarBytes().file("caf\u00e9-\u0080", "x").bytes());

      assertThat(Unpacking.list(tree)).containsOnlyKeys("caf\u00e9-\u0080");
    }
  }

  @Nested
  class Check50LinksAboveAPath {
    @Test
    void aFileBelowALinkThatLeavesTheLayerIsRefused() {
      assertRefused(
          new TarBytes().link("a", outside.toString()).file("a/passwd", "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aFileBelowARelativeLinkThatClimbsIsRefused() {
      assertRefused(
          new TarBytes().link("a", "../../outside").file("a/passwd", "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aFileBelowALinkOfTheLayerGoesWhereItLeadsInTheLayer() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .directory("usr/lib")
                  .link("lib", "/usr/lib")
                  .link("climbs", "../../../usr")
                  .file("lib/x", "x")
                  .file("climbs/lib/y", "y")
                  .bytes());

      assertThat(tree.resolve("usr/lib/x")).hasContent("x");
      assertThat(tree.resolve("usr/lib/y")).hasContent("y");
      assertThat(tree.resolve("lib")).isSymbolicLink();
    }

    @Test
    void aLoopOfLinksIsRefused() {
      assertRefused(
          new TarBytes().link("a", "b").link("b", "a").file("a/x", "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aFileBelowAFileIsRefused() {
      assertRefused(new TarBytes().file("a", "x").file("a/b", "x"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aLinkMayBeReplacedByAFile() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .link("a", outside.resolve("passwd").toString())
                  .file("a", "own")
                  .bytes());

      assertThat(tree.resolve("a")).isRegularFile().hasContent("own");
      assertThat(Files.isSymbolicLink(tree.resolve("a"))).isFalse();
    }

    @Test
    void aLinkMayBeReplacedByADirectory() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .link("a", outside.toString())
                  .directory("a")
                  .file("a/passwd", "own")
                  .bytes());

      assertThat(Files.isSymbolicLink(tree.resolve("a"))).isFalse();
      assertThat(tree.resolve("a/passwd")).hasContent("own");
    }

    @Test
    void aDirectoryReplacedByALinkIsNotWrittenThroughLater() {
      assertRefused(
          new TarBytes()
              .directory("a")
              .file("a/x", "x")
              .link("a", outside.toString())
              .file("a/passwd", "x"),
          Code.ARCHIVE_REFUSED);
    }

    @Test
    void aWhiteoutBelowALinkThatLeavesTheLayerIsRefused() {
      assertRefused(
          new TarBytes().link("a", outside.toString()).file("a/.wh.passwd", ""),
          Code.ARCHIVE_REFUSED);
    }

    @Test
    void anOpaqueMarkBelowALinkThatLeavesTheLayerIsRefused() {
      assertRefused(
          new TarBytes().link("a", outside.toString()).file("a/.wh..wh..opq", ""),
          Code.ARCHIVE_REFUSED);
    }

    @Test
    void modeAndTimeOfALinkNeverReachItsTarget() throws Exception {
      Object before = Files.getAttribute(outside.resolve("passwd"), "unix:mode");
      Object time = Files.getLastModifiedTime(outside.resolve("passwd"));

      unpacking.unpack(
          new TarBytes()
              .mode(0777)
              .owner(7)
              .link("a", outside.resolve("passwd").toString())
              .bytes());

      assertThat(Files.getAttribute(outside.resolve("passwd"), "unix:mode")).isEqualTo(before);
      assertThat(Files.getLastModifiedTime(outside.resolve("passwd"))).isEqualTo(time);
    }
  }
}
