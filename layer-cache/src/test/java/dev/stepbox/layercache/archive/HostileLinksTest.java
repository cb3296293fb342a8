package dev.stepbox.layercache.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks 51 and 55 of the security bar: hard links and whiteouts. */
class HostileLinksTest extends HostileArchive {
  @Nested
  class Check51HardLinks {
    @Test
    void aHardLinkNeverLeavesTheLayer() {
      assertRefused(new TarBytes().hardLink("a", "../outside/passwd"), Code.ARCHIVE_REFUSED);
      assertRefused(
          new TarBytes().hardLink("a", outside.resolve("passwd").toString()), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aHardLinkThroughALinkNeverLeavesTheLayer() {
      assertRefused(
          new TarBytes().link("l", outside.toString()).hardLink("a", "l/passwd"),
          Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aHardLinkToALinkIsASecondNameOfTheLinkItself() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .link("l", outside.resolve("passwd").toString())
                  .hardLink("a", "l")
                  .bytes());

      assertThat(tree.resolve("a")).isSymbolicLink();
    }

    @Test
    void aHardLinkToAFileThatComesLaterIsMade() throws Exception {
      Path tree = unpacking.unpack(new TarBytes().hardLink("a", "b").file("b", "x").bytes());

      assertThat(tree.resolve("a")).hasContent("x");
      assertThat(Unpacking.entry(tree, "a"))
          .extracting(TreeEntry::inode)
          .isEqualTo(Unpacking.entry(tree, "b").inode());
    }

    @Test
    void aHardLinkToNothingIsDamage() {
      assertRefused(new TarBytes().hardLink("a", "b"), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aHardLinkToADirectoryIsRefused() {
      assertRefused(new TarBytes().directory("d").hardLink("a", "d"), Code.ARCHIVE_REFUSED);
      assertRefused(new TarBytes().hardLink("a", "/"), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aHardLinkToADeviceIsDamageAsTheDeviceIsLeftOut() {
      assertRefused(
          new TarBytes().entry('3', "dev", "", "").hardLink("a", "dev"), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aHardLinkToASetuidFileOfALowerLayerIsACopyOfIt() throws Exception {
      Path lower = unpacking.unpack(new TarBytes().mode(04755).file("bin/su", "su").bytes());

      Path tree = unpacking.over(lower).unpack(new TarBytes().hardLink("mine", "bin/su").bytes());

      assertThat(Unpacking.entry(tree, "mine"))
          .extracting(TreeEntry::mode, TreeEntry::links)
          .containsExactly(04755, 1L);
      assertThat(tree.resolve("mine")).hasContent("su");
      assertThat(Unpacking.entry(lower, "bin/su").links()).isEqualTo(1);
    }

    @Test
    void aLateHardLinkIsNotMadeThroughALinkThatTookThePlaceOfItsDirectory() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .directory("d")
                  .hardLink("d/passwd", "late")
                  .link("d", outside.toString())
                  .file("late", "evil")
                  .bytes());

      assertThat(tree.resolve("d")).isSymbolicLink();
    }

    @Test
    void ownersHoldForEveryNameOfAFile() throws Exception {
      unpacking.unpack(
          new TarBytes()
              .owner(9)
              .file("a", "x")
              .hardLink("b", "a")
              .owner(0)
              .file("a", "y")
              .bytes());

      assertThat(unpacking.changes())
          .filteredOn(TreeChange.Owner.class::isInstance)
          .containsExactly(new TreeChange.Owner(TreePath.of("b"), 9, 9));
    }
  }

  @Nested
  class Check55Whiteouts {
    private List<TreeChange> marks() {
      List<TreeChange> marks = new ArrayList<>();
      for (TreeChange change : unpacking.changes()) {
        if (change instanceof TreeChange.Whiteout || change instanceof TreeChange.Opaque) {
          marks.add(change);
        }
      }
      return marks;
    }

    @Test
    void aWhiteoutHidesAPathOfTheLayersBelow() throws Exception {
      Path tree = unpacking.unpack(new TarBytes().file("d/.wh.gone", "").bytes());

      assertThat(marks()).containsExactly(new TreeChange.Whiteout(TreePath.of("d/gone")));
      assertThat(Unpacking.list(tree)).containsOnlyKeys("d", "d/gone");
    }

    @Test
    void aWhiteoutNeverHidesWhatTheLayerItselfHas() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .file("before", "x")
                  .file(".wh.before", "")
                  .file(".wh.after", "")
                  .file("after", "x")
                  .bytes());

      assertThat(marks()).isEmpty();
      assertThat(Unpacking.list(tree)).containsOnlyKeys("before", "after");
    }

    @Test
    void aDirectoryGoneBelowAndMadeAnewIsOpaque() throws Exception {
      unpacking.unpack(new TarBytes().file(".wh.d", "").directory("d").file("d/new", "x").bytes());

      assertThat(marks()).containsExactly(new TreeChange.Opaque(TreePath.of("d")));
    }

    @Test
    void anOpaqueDirectoryNeedsNoWhiteouts() throws Exception {
      unpacking.unpack(new TarBytes().file("d/.wh.x", "").file("d/.wh..wh..opq", "").bytes());

      assertThat(marks()).containsExactly(new TreeChange.Opaque(TreePath.of("d")));
    }

    @Test
    void recordsOfAnotherFileSystemAreLeftOut() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes().directory(".wh..wh.plnk").file(".wh..wh.aufs", "x").bytes());

      assertThat(Unpacking.list(tree)).isEmpty();
      assertThat(marks()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {".wh.", ".wh..", ".wh...", "d/.wh..", "d/.wh..."})
    void aWhiteoutOfNoNameIsRefused(String path) {
      assertRefused(new TarBytes().file(path, ""), Code.ARCHIVE_REFUSED);
    }

    @Test
    void aDirectoryThatTheArchiveTakesForGrantedLooksAsBelow() throws Exception {
      Path lower = unpacking.unpack(new TarBytes().mode(01777).owner(4).directory("tmp").bytes());

      unpacking.over(lower).unpack(new TarBytes().file("tmp/x", "x").bytes());

      assertThat(unpacking.changes()).contains(new TreeChange.Mode(TreePath.of("tmp"), 01777));
    }
  }
}
