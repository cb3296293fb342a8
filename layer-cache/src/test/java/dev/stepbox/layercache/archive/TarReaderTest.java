package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.archive.TarEntry.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives are read byte for byte, and damage is told. */
class TarReaderTest {
  /** An entry with its content, holes filled. */
  private record Read(TarEntry entry, String content) {}

  private static List<Read> read(byte[] archive) throws Exception {
    return read(archive, 1 << 16, Limits.DEFAULTS);
  }

  private static List<Read> read(byte[] archive, int pieceBytes, Limits limits) throws Exception {
    List<Read> all = new ArrayList<>();
    try (TarReader tar = new TarReader(new BytesFeed(archive, pieceBytes), limits)) {
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        byte[] content = new byte[(int) Math.min(entry.size(), 1 << 24)];
        tar.content((offset, bytes) -> bytes.get(content, (int) offset, bytes.remaining()));
        all.add(new Read(entry, new String(content, ISO_8859_1)));
      }
    }
    return all;
  }

  private static void assertRefused(byte[] archive, Code code) {
    assertThatThrownBy(() -> read(archive))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 511, 512, 513, 100_000})
  void entriesDoNotDependOnHowTheBytesArrive(int pieceBytes) throws Exception {
    byte[] archive =
        new TarBytes()
            .directory("d/")
            .file("d/a", "first")
            .file("d/b", "x".repeat(1000))
            .link("d/l", "a")
            .bytes();

    List<Read> all = read(archive, pieceBytes, Limits.DEFAULTS);

    assertThat(all)
        .extracting(one -> one.entry.rawPath())
        .containsExactly("d/", "d/a", "d/b", "d/l");
    assertThat(all).extracting(Read::content).containsExactly("", "first", "x".repeat(1000), "");
    assertThat(all.getLast().entry.rawLink()).isEqualTo("a");
  }

  @Test
  void contentThatIsNotTakenIsPassedOver() throws Exception {
    byte[] archive = new TarBytes().file("a", "x".repeat(700)).file("b", "y").bytes();
    TarReader tar = new TarReader(new BytesFeed(archive, 100), Limits.DEFAULTS);

    assertThat(tar.next()).isNotNull();
    TarEntry second = tar.next();

    assertThat(second).isNotNull().extracting(TarEntry::rawPath).isEqualTo("b");
  }

  @Test
  void longNamesOfGnuAreRead() throws Exception {
    String path = "p/".repeat(300) + "x";
    byte[] archive = new TarBytes().entry('2', path, "t".repeat(400), "").bytes();

    TarEntry entry = read(archive).getFirst().entry;

    assertThat(entry.rawPath()).isEqualTo(path);
    assertThat(entry.rawLink()).isEqualTo("t".repeat(400));
  }

  @Test
  void aPrefixOfTheHeaderIsPutBeforeTheName() throws Exception {
    byte[] header = new TarBytes().header('0', "name", "", 0);
    TarBytes.put(header, 345, "some/where", 155);
    TarBytes.checksum(header);

    assertThat(read(new TarBytes().raw(header).bytes()).getFirst().entry.rawPath())
        .isEqualTo("some/where/name");
  }

  @Test
  void extendedHeadersWinOverTheBlock() throws Exception {
    byte[] archive =
        new TarBytes()
            .pax("path", "caf\u00e9\u0080")
            .pax("uid", "70000")
            .pax("gid", "80000")
            .pax("mtime", "1234.123456789")
            .file("short", "x")
            .bytes();

    TarEntry entry = read(archive).getFirst().entry;

    assertThat(entry.rawPath()).isEqualTo("caf\u00e9\u0080");
    assertThat(entry.uid()).isEqualTo(70000);
    assertThat(entry.gid()).isEqualTo(80000);
    assertThat(entry.modifiedSeconds()).isEqualTo(1234);
    assertThat(entry.modifiedNanos()).isEqualTo(123_456_789);
  }

  @Test
  void timesBefore1970AreRead() throws Exception {
    byte[] archive =
        new TarBytes()
            .pax("mtime", "-1.25")
            .file("pax", "")
            .modified(-86_400)
            .file("block", "")
            .bytes();

    List<Read> all = read(archive);

    assertThat(all.get(0).entry.modifiedSeconds()).isEqualTo(-2);
    assertThat(all.get(0).entry.modifiedNanos()).isEqualTo(750_000_000);
    assertThat(all.get(1).entry.modifiedSeconds()).isEqualTo(-86_400);
  }

  @Test
  void extendedAttributesKeepEveryByte() throws Exception {
    String value = "\u0001\u0080\u00ff=\n\u0000end";
    byte[] archive =
        new TarBytes().pax("SCHILY.xattr.security.capability", value).file("f", "").bytes();

    assertThat(read(archive).getFirst().entry.rawXattrs())
        .isEqualTo(Map.of("security.capability", value));
  }

  @Test
  void aGlobalHeaderHoldsForAllThatFollowUnlessTheySayOtherwise() throws Exception {
    byte[] archive =
        new TarBytes()
            .paxHeader('g', Map.of("uid", "5"))
            .file("a", "")
            .pax("uid", "6")
            .file("b", "")
            .file("c", "")
            .bytes();

    assertThat(read(archive)).extracting(one -> one.entry.uid()).containsExactly(5L, 6L, 5L);
  }

  @Test
  void numbersInBase256AreRead() throws Exception {
    byte[] header = new TarBytes().header('0', "f", "", 0);
    TarBytes.base256(header, 108, 8, 3_000_000_000L);
    TarBytes.base256(header, 124, 12, 3);
    TarBytes.checksum(header);
    byte[] archive = new TarBytes().raw(header).content("abc".getBytes(ISO_8859_1)).bytes();

    Read one = read(archive).getFirst();

    assertThat(one.entry.uid()).isEqualTo(3_000_000_000L);
    assertThat(one.content).isEqualTo("abc");
  }

  @Test
  void aSparseFileOfOldGnuFormHasItsHoles() throws Exception {
    byte[] header = new TarBytes().header('S', "f", "", 6);
    TarBytes.put(header, 257, "ustar  ", 8);
    TarBytes.put(header, 386, "00000001000\00000000003\0", 24);
    TarBytes.put(header, 410, "00000002000\00000000003\0", 24);
    TarBytes.put(header, 483, "00000002003\0", 12);
    TarBytes.checksum(header);
    byte[] archive = new TarBytes().raw(header).content("abcdef".getBytes(ISO_8859_1)).bytes();

    Read one = read(archive).getFirst();

    assertThat(one.content)
        .isEqualTo("\0".repeat(512) + "abc" + "\0".repeat(509) + "def")
        .hasSize((int) one.entry.size());
  }

  @Test
  void sparseFilesOfAllPaxFormsHaveTheirHoles() throws Exception {
    String whole = "\0".repeat(512) + "abc";
    byte[] map = new TarBytes().content("1\n512\n3\n".getBytes(ISO_8859_1)).bytesWithoutEnd();
    byte[] form10 = new byte[515];
    System.arraycopy(map, 0, form10, 0, 512);
    TarBytes.put(form10, 512, "abc", 3);
    byte[] archive =
        new TarBytes()
            .pax("GNU.sparse.size", "515")
            .pax("GNU.sparse.numblocks", "1")
            .pax("GNU.sparse.offset", "512")
            .pax("GNU.sparse.numbytes", "3")
            .file("form00", "abc")
            .pax("GNU.sparse.size", "515")
            .pax("GNU.sparse.name", "form01")
            .pax("GNU.sparse.map", "512,3")
            .file("placeholder", "abc")
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .pax("GNU.sparse.name", "form10")
            .pax("GNU.sparse.realsize", "515")
            .entry('0', "placeholder", "", form10)
            .bytes();

    List<Read> all = read(archive);

    assertThat(all)
        .extracting(one -> one.entry.rawPath())
        .containsExactly("form00", "form01", "form10");
    assertThat(all).extracting(Read::content).containsOnly(whole);
  }

  @Test
  void anArchiveMayEndWithoutItsBlocksOfZeros() throws Exception {
    assertThat(read(new TarBytes().file("a", "x").bytesWithoutEnd())).hasSize(1);
  }

  @Test
  void dataAfterTheEndIsSeenByDraining() throws Exception {
    byte[] archive = new TarBytes().file("a", "x").raw(new byte[1024]).raw(new byte[] {1}).bytes();
    TarReader tar = new TarReader(new BytesFeed(archive, 64), Limits.DEFAULTS);
    while (tar.next() != null) {
      // To the end.
    }

    assertThat(tar.drain()).isTrue();
  }

  @Test
  void anEmptyFileIsNoArchive() {
    assertRefused(new byte[0], Code.ARCHIVE_CORRUPT);
  }

  @Test
  void textIsNoArchive() {
    assertRefused("hello world\n".repeat(100).getBytes(ISO_8859_1), Code.ARCHIVE_CORRUPT);
  }

  @Test
  void aWrongChecksumIsDamage() {
    byte[] archive = new TarBytes().file("a", "x").bytes();
    archive[0]++;

    assertRefused(archive, Code.ARCHIVE_CORRUPT);
  }

  @Test
  void contentThatIsCutShortIsDamage() {
    byte[] archive = new TarBytes().file("a", "x".repeat(2000)).bytesWithoutEnd();

    assertRefused(Arrays.copyOf(archive, 1500), Code.ARCHIVE_CORRUPT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "5",
        "5 a",
        "99 path=x\n",
        "8 path=x\n",
        "12 path=xy\n",
        "6 =ab\n",
        "-1 a=b\n",
        "99999999999999999999 a=b\n",
        "8 mtime=\n9 uid=-5\n",
        "12 mtime=1e9\n",
        "0 "
      })
  void malformedExtendedHeadersAreDamage(String data) {
    byte[] header = new TarBytes().header('x', "pax", "", data.length());
    TarBytes.checksum(header);
    byte[] archive =
        new TarBytes().raw(header).content(data.getBytes(ISO_8859_1)).file("a", "").bytes();

    assertRefused(archive, Code.ARCHIVE_CORRUPT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"512,3,0,1", "0,9999", "0,1,0,1", "512", "9223372036854775807,3", "-1,3", "a,b"})
  void sparseMapsThatDoNotFitAreDamage(String map) {
    assertRefused(
        new TarBytes()
            .pax("GNU.sparse.size", "515")
            .pax("GNU.sparse.map", map)
            .file("f", "abc")
            .bytes(),
        Code.ARCHIVE_CORRUPT);
  }

  @Test
  void anArchiveThatEndsAfterAnExtendedHeaderIsDamage() {
    assertRefused(new TarBytes().paxHeader('x', Map.of("path", "a")).bytes(), Code.ARCHIVE_CORRUPT);
  }

  @Test
  void aKindThatIsNotKnownIsNotGuessed() {
    assertRefused(new TarBytes().entry('M', "f", "", "").bytes(), Code.UNSUPPORTED);
  }

  @Test
  void anExtendedHeaderAtTheLimitIsReadAndBeyondItRefused() throws Exception {
    Limits limits = LimitsBuilder.defaults().headerBytesMax(1000).build();
    // "1000 comment=" and a line feed are 14 bytes.
    byte[] atLimit = new TarBytes().pax("comment", "x".repeat(986)).file("a", "").bytes();
    byte[] beyond = new TarBytes().pax("comment", "x".repeat(1000)).file("a", "").bytes();

    assertThat(read(atLimit, 512, limits)).hasSize(1);
    assertThatThrownBy(() -> read(beyond, 512, limits)).hasMessageContaining("headerBytesMax");
  }

  @ParameterizedTest
  @ValueSource(chars = {'x', 'g'})
  void extendedHeadersAreBoundedTogether(char kind) {
    Limits limits = LimitsBuilder.defaults().headerBytesMax(1000).build();
    TarBytes archive = new TarBytes();
    for (int header = 0; header < 3; header++) {
      archive.paxHeader(kind, Map.of("comment" + header, "x".repeat(400)));
    }
    byte[] refused = archive.file("a", "").bytes();

    assertThatThrownBy(() -> read(refused, 512, limits)).hasMessageContaining("headerBytesMax");
  }

  @Test
  void extendedHeadersOfManyEntriesAreBoundedOneByOne() throws Exception {
    Limits limits = LimitsBuilder.defaults().headerBytesMax(1000).build();
    TarBytes archive = new TarBytes();
    for (int file = 0; file < 3; file++) {
      archive.pax("comment", "x".repeat(400)).file("a" + file, "");
    }

    assertThat(read(archive.bytes(), 512, limits)).hasSize(3);
  }

  @Test
  void asManyExtendedAttributesAsTheLimitAreReadAndNotOneMore() throws Exception {
    Limits limits = LimitsBuilder.defaults().xattrsMax(2).build();
    TarBytes atLimit = new TarBytes().pax("SCHILY.xattr.user.1", "").pax("SCHILY.xattr.user.2", "");
    TarBytes beyond =
        new TarBytes()
            .pax("SCHILY.xattr.user.1", "")
            .pax("SCHILY.xattr.user.2", "")
            .pax("SCHILY.xattr.user.3", "");

    assertThat(read(atLimit.file("a", "").bytes(), 512, limits)).hasSize(1);
    byte[] refused = beyond.file("a", "").bytes();
    assertThatThrownBy(() -> read(refused, 512, limits)).hasMessageContaining("xattrsMax");
  }

  @Test
  void asManyEntriesAsTheLimitAreReadAndNotOneMore() throws Exception {
    Limits limits = LimitsBuilder.defaults().entriesMax(2).build();

    assertThat(read(new TarBytes().file("a", "").file("b", "").bytes(), 512, limits)).hasSize(2);
    byte[] beyond = new TarBytes().file("a", "").file("b", "").file("c", "").bytes();
    assertThatThrownBy(() -> read(beyond, 512, limits)).hasMessageContaining("entriesMax");
  }

  @Test
  void aFileAtTheLimitIsReadAndALargerOneRefusedByItsHeader() throws Exception {
    Limits limits = LimitsBuilder.defaults().fileBytesMax(1000).build();

    assertThat(read(new TarBytes().file("a", "x".repeat(1000)).bytes(), 512, limits)).hasSize(1);
    byte[] beyond = new TarBytes().file("a", "x".repeat(1001)).bytes();
    assertThatThrownBy(() -> read(beyond, 512, limits)).hasMessageContaining("fileBytesMax");
  }

  @Test
  void anotherReaderFindsTheSameInWhatAnotherWriterWrote() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      for (int number = 0; number < 50; number++) {
        TarArchiveEntry entry = new TarArchiveEntry("d".repeat(number * 5 + 1) + "/f" + number);
        entry.setSize(number * 37L);
        entry.setUserId(number * 100_000L);
        entry.setModTime(number * 1000L);
        tar.putArchiveEntry(entry);
        tar.write(new byte[number * 37]);
        tar.closeArchiveEntry();
      }
    }
    List<Read> ours = read(out.toByteArray());

    try (var theirs = new TarArchiveInputStream(new ByteArrayInputStream(out.toByteArray()))) {
      for (Read one : ours) {
        TarArchiveEntry entry = theirs.getNextEntry();
        assertThat(one.entry.kind()).isEqualTo(Kind.FILE);
        assertThat(one.entry.rawPath()).isEqualTo(entry.getName());
        assertThat(one.entry.size()).isEqualTo(entry.getSize());
        assertThat(one.entry.uid()).isEqualTo(entry.getLongUserId());
        assertThat(one.entry.mode()).isEqualTo(entry.getMode() & 07777);
        assertThat(one.entry.modifiedSeconds())
            .isEqualTo(entry.getLastModifiedTime().toInstant().getEpochSecond());
      }
    }
    assertThat(ours).hasSize(50);
  }
}
