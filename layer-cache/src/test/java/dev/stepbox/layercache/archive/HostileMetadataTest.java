package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry.Kind;
import dev.stepbox.layercache.TreePath;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Checks 52 and 53 of the security bar: devices, sizes, times, owners and extended attributes. */
class HostileMetadataTest extends HostileArchive {
  @Nested
  class Check52DevicesSizesTimesAndIds {
    @Test
    void devicesAreLeftOutWithANotice() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .entry('3', "null", "", "")
                  .entry('4', "sda", "", "")
                  .entry('3', "fake-whiteout", "", "")
                  .bytes());

      assertThat(Unpacking.list(tree)).isEmpty();
      assertThat(unpacking.changes()).noneMatch(TreeChange.Whiteout.class::isInstance);
      assertThat(unpacking.notices()).anyMatch(line -> line.startsWith("device left out: 3 times"));
    }

    @Test
    void aPipeIsAskedOfThePort() throws Exception {
      unpacking.unpack(new TarBytes().mode(0600).entry('6', "p", "", "").bytes());

      assertThat(unpacking.changes()).contains(new TreeChange.Pipe(TreePath.of("p"), 0600));
    }

    @Test
    void aSparseFileOfEightExbibytesIsRefusedByItsHeader() {
      assertRefused(
          new TarBytes()
              .pax("GNU.sparse.size", Long.toString(Long.MAX_VALUE))
              .pax("GNU.sparse.map", "0,1")
              .file("f", "x"),
          Code.LIMIT_EXCEEDED);
    }

    @Test
    void holesTakeNoPlace() throws Exception {
      long size = 1L << 36;
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .pax("GNU.sparse.size", Long.toString(size))
                  .pax("GNU.sparse.map", "4096,3," + (1L << 35) + ",3")
                  .file("f", "abcdef")
                  .bytes());

      assertThat(Files.size(tree.resolve("f"))).isEqualTo(size);
      assertThat(Files.getFileStore(tree).getTotalSpace()).isPositive();
      byte[] read = new byte[3];
      try (var file = Files.newByteChannel(tree.resolve("f"))) {
        file.position(1L << 35).read(ByteBuffer.wrap(read));
      }
      assertThat(read).isEqualTo("def".getBytes(ISO_8859_1));
    }

    @Test
    void aSizeLargerThanTheArchiveIsDamage() {
      byte[] header = new TarBytes().header('0', "f", "", 1_000_000);
      TarBytes.checksum(header);
      assertRefused(new TarBytes().raw(header).content(new byte[512]), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aNegativeSizeIsDamage() {
      byte[] header = new TarBytes().header('0', "f", "", 0);
      TarBytes.base256(header, 124, 12, -512);
      TarBytes.checksum(header);
      assertRefused(new TarBytes().raw(header), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aTimeBefore1970IsKept() throws Exception {
      Path tree = unpacking.unpack(new TarBytes().modified(-86_400).file("f", "x").bytes());

      assertThat(Unpacking.entry(tree, "f").modifiedSeconds()).isEqualTo(-86_400);
    }

    @Test
    void aTimeBeyondAllCalendarsDoesNoHarm() throws Exception {
      byte[] header = new TarBytes().header('0', "f", "", 0);
      TarBytes.base256(header, 136, 12, Long.MAX_VALUE);
      TarBytes.checksum(header);

      Path tree = unpacking.unpack(new TarBytes().raw(header).bytes());

      assertThat(tree.resolve("f")).exists();
    }

    @Test
    void anIdBeyondTheRangeGoesToNobodyWithANotice() throws Exception {
      byte[] header = new TarBytes().header('0', "f", "", 0);
      TarBytes.base256(header, 108, 8, 4294967295L);
      TarBytes.checksum(header);

      unpacking.unpack(new TarBytes().raw(header).bytes());

      assertThat(unpacking.changes()).contains(new TreeChange.Owner(TreePath.of("f"), 65534, 0));
      assertThat(unpacking.notices()).anyMatch(line -> line.contains("4294967295"));
    }

    @Test
    void aNegativeIdGoesToNobody() throws Exception {
      byte[] header = new TarBytes().header('0', "f", "", 0);
      TarBytes.base256(header, 116, 8, -1);
      TarBytes.checksum(header);

      unpacking.unpack(new TarBytes().raw(header).bytes());

      assertThat(unpacking.changes()).contains(new TreeChange.Owner(TreePath.of("f"), 0, 65534));
    }

    @Test
    void setuidBitsAreSetAgainAfterAChangeOfOwner() throws Exception {
      unpacking.unpack(new TarBytes().mode(04755).owner(3).file("f", "x").bytes());

      assertThat(unpacking.changes())
          .containsSubsequence(
              new TreeChange.Owner(TreePath.of("f"), 3, 3),
              new TreeChange.Mode(TreePath.of("f"), 04755));
    }
  }

  @Nested
  class Check53ExtendedAttributes {
    @Test
    void onlyTheAllowedNamesAreKept() throws Exception {
      unpacking.unpack(
          new TarBytes()
              .pax("SCHILY.xattr.security.capability", "\u0001\u0000\u0080")
              .pax("SCHILY.xattr.user.mine", "v")
              .pax("SCHILY.xattr.user.overlay.opaque", "y")
              .pax("SCHILY.xattr.user.overlay.redirect", "/etc")
              .pax("SCHILY.xattr.trusted.overlay.opaque", "y")
              .pax("SCHILY.xattr.system.posix_acl_access", "x")
              .pax("SCHILY.xattr.security.selinux", "x")
              .pax("SCHILY.xattr.user.", "x")
              .file("f", "x")
              .bytes());

      assertThat(unpacking.changes())
          .filteredOn(TreeChange.SetXattr.class::isInstance)
          .containsExactlyInAnyOrder(
              new TreeChange.SetXattr(
                  TreePath.of("f"), "security.capability", "\u0001\u0000\u0080"),
              new TreeChange.SetXattr(TreePath.of("f"), "user.mine", "v"));
      assertThat(unpacking.notices()).filteredOn(line -> line.contains("left out")).hasSize(7);
    }

    @Test
    void overlayAttributesOfADirectoryAreNotTakenOver() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes().pax("SCHILY.xattr.user.overlay.opaque", "y").directory("d").bytes());

      assertThat(Unpacking.entry(tree, "d").kind()).isEqualTo(Kind.DIRECTORY);
    }

    @Test
    void aValueOfMoreThan64KibibytesIsLeftOut() throws Exception {
      unpacking.unpack(
          new TarBytes().pax("SCHILY.xattr.user.large", "x".repeat(65537)).file("f", "x").bytes());

      assertThat(unpacking.changes()).noneMatch(TreeChange.SetXattr.class::isInstance);
    }

    @Test
    void aValueThatTheFileSystemCannotHoldIsLeftOutWithANotice() throws Exception {
      Path tree =
          unpacking.unpack(
              new TarBytes()
                  .pax("SCHILY.xattr.user.large", "x".repeat(65536))
                  .file("f", "x")
                  .bytes());

      boolean isThere = Unpacking.entry(tree, "f").rawXattrs().containsKey("user.large");
      assertThat(unpacking.notices().isEmpty()).isEqualTo(isThere);
    }

    @Test
    void tenThousandAttributesAreRefused() {
      TarBytes archive = new TarBytes();
      for (int number = 0; number < 10_000; number++) {
        archive.pax("SCHILY.xattr.user.n" + number, "v");
      }
      assertRefused(archive.file("f", "x"), Code.LIMIT_EXCEEDED);
    }
  }

  @Test
  void entriesOfOrdinaryUsersAreUnpackedAsTheyAre() throws Exception {
    Path tree =
        unpacking.unpack(
            new TarBytes()
                .mode(0700)
                .owner(33)
                .directory("home")
                .mode(0640)
                .file("home/f", "content")
                .mode(0777)
                .owner(0)
                .link("home/l", "f")
                .bytes());

    assertThat(Unpacking.entry(tree, "home").mode()).isEqualTo(0700);
    assertThat(Unpacking.entry(tree, "home/f").mode()).isEqualTo(0640);
    assertThat(Unpacking.entry(tree, "home").modifiedSeconds()).isEqualTo(1_000_000_000L);
    assertThat(Files.exists(tree.resolve("home/l"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(unpacking.changes())
        .contains(
            new TreeChange.Owner(TreePath.of("home"), 33, 33),
            new TreeChange.Owner(TreePath.of("home/f"), 33, 33))
        .doesNotContain(new TreeChange.Owner(TreePath.of("home/l"), 0, 0));
  }

  @Test
  void aFileThatNobodyMayReadKeepsItsModeAndTime() throws Exception {
    Path tree = unpacking.unpack(new TarBytes().mode(0).modified(7).file("shadow", "x").bytes());

    assertThat(Unpacking.entry(tree, "shadow").mode()).isZero();
    assertThat(Unpacking.entry(tree, "shadow").modifiedSeconds()).isEqualTo(7);
  }
}
