package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values refuse what they cannot be. */
class ValuesTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @Test
  void aDigestIsReadAsItIsWritten() {
    Digest digest = Digest.parse("sha256:" + HEX);

    assertThat(digest.hex()).isEqualTo(HEX);
    assertThat(Digest.parse(digest.toString())).isEqualTo(digest);
    assertThat(Digest.ofHash(new byte[32]).hex()).isEqualTo("0".repeat(64));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sha256:", "sha512:00", "sha256:XY", "md5:00", "0123"})
  void whatIsNoDigestIsRefused(String text) {
    assertThatThrownBy(() -> Digest.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLayerIdIsReadAsItIsWritten() {
    LayerId imported = LayerId.parse("sha256:" + HEX);
    LayerId unique = LayerId.parse("01m83xj880a4ncbwx6pgwa23n7");

    assertThat(imported).isInstanceOf(LayerId.Imported.class);
    assertThat(unique).isInstanceOf(LayerId.Unique.class);
    assertThat(LayerId.parse(imported.toString())).isEqualTo(imported);
    assertThat(LayerId.parse(unique.toString())).isEqualTo(unique);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "..",
        "../x",
        "01m83xj880a4ncbwx6pgwa23n",
        "01m83xj880a4ncbwx6pgwa23nu",
        "81m83xj880a4ncbwx6pgwa23n7",
        "01M83XJ880A4NCBWX6PGWA23N7",
        "sha256:.."
      })
  void whatIsNoLayerIdIsRefused(String text) {
    assertThatThrownBy(() -> LayerId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"debian", "debian:bookworm", "a/b-c_d.e:F@sha256:0"})
  void namesOfImagesAreTaken(String text) {
    assertThat(new ImageName(text).toString()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-x", "a b", "../x", "a..b", "Debian", "a\n", "é"})
  void whatIsNoNameOfAnImageIsRefused(String text) {
    assertThatThrownBy(() -> new ImageName(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "\0", "a\0b"})
  void whatIsNoPathInATreeIsRefused(String raw) {
    assertThat(TreePath.isValid(raw)).isFalse();
    assertThatThrownBy(() -> new TreePath(raw)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void pathsInATreeHaveTheLimitsOfTheKernel() {
    assertThat(TreePath.isValid("n".repeat(255))).isTrue();
    assertThat(TreePath.isValid("n".repeat(256))).isFalse();
    assertThat(TreePath.isValid("d/".repeat(2047) + "x")).isTrue();
    assertThat(TreePath.isValid("d/".repeat(2047) + "xx")).isFalse();
  }

  @Test
  void aPathKnowsWhatIsAboveAndBelow() {
    TreePath path = TreePath.of("a/b/c");

    assertThat(path.parent()).isEqualTo(TreePath.of("a/b"));
    assertThat(path.rawName()).isEqualTo("c");
    assertThat(path.rawNames()).containsExactly("a", "b", "c");
    assertThat(TreePath.of("a").parent()).isEqualTo(TreePath.ROOT);
    assertThat(TreePath.ROOT.parent()).isEqualTo(TreePath.ROOT);
    assertThat(TreePath.of("a").contains(path)).isTrue();
    assertThat(TreePath.of("a").contains(TreePath.of("ab"))).isFalse();
    assertThat(path.contains(path)).isFalse();
    assertThat(TreePath.ROOT.contains(path)).isTrue();
    assertThat(TreePath.ROOT.contains(TreePath.ROOT)).isFalse();
  }

  @Test
  void bytesThatAreNoTextAreShownAsNumbers() {
    assertThat(TreePath.of("caf\u00e9")).hasToString("caf\u00e9");
    assertThat(new TreePath("a\u0080\u00ff\n")).hasToString("a\\x80\\xff\\x0a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"plain", "caf\u00c3\u00a9", "\u0080\u00ff%/x y", "\u0001?#", "/abs/\u00ff"})
  void everyByteOfAPathComesBack(String raw) {
    assertThat(RawPaths.raw(RawPaths.of(raw))).isEqualTo(raw);
  }

  @Test
  void aPathLiesBelowItsDirectory() {
    assertThat(TreePath.of("a/b").in(Path.of("/base"))).isEqualTo(Path.of("/base/a/b"));
    assertThat(TreePath.ROOT.in(Path.of("/base"))).isEqualTo(Path.of("/base"));
    assertThat(new TreePath("\u00ff").in(Path.of("/base")).startsWith("/base")).isTrue();
  }

  @Test
  void limitsArePositive() {
    Limits d = Limits.DEFAULTS;

    assertThatThrownBy(() ->
            new Limits(
                0,
                d.entriesMax(),
                d.layerBytesMax(),
                d.fileBytesMax(),
                d.depthMax(),
                d.headerBytesMax(),
                d.xattrsMax(),
                d.ratioMax(),
                d.jsonBytesMax(),
                d.conflictsMax(),
                d.listingBytesMax(),
                d.comparedBytesMax(),
                d.quotaBytes(),
                d.reserveBytes()))
        .hasMessageContaining("layersMax must be positive: 0");
  }
}
