package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.TreeEntry.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What every implementation of {@link IdMappedTree} must do. A subclass gives the implementation
 * and a directory of the store that this process may write.
 */
public abstract class IdMappedTreeContract extends IdMappedTreeSetting {
  @Test
  void thereIsAtLeastOneId() {
    assertThat(port().ids()).isPositive();
  }

  @Test
  void anAdoptedTreeBelongsToIdZero() throws Exception {
    Path tree = newTree();
    write(Files.createDirectory(tree.resolve("d")), "f", "x");

    port().adopt(tree);

    assertThat(list(tree).values()).hasSize(2).allMatch(e -> e.uid() == 0 && e.gid() == 0);
  }

  @Test
  void anOwnerWithinTheRangeIsSet() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    port().adopt(tree);

    apply(tree, new TreeChange.Owner(TreePath.of("f"), 101, 102));

    TreeEntry entry = entry(tree, "f");
    assertThat(List.of(entry.uid(), entry.gid()))
        .isEqualTo(hasManyIds() ? List.of(101, 102) : List.of(0, 0));
  }

  @Test
  void anOwnerOfALinkIsSetOnTheLinkItself() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    Files.createSymbolicLink(tree.resolve("l"), Path.of("f"));
    port().adopt(tree);

    apply(tree, new TreeChange.Owner(TreePath.of("l"), 7, 7));

    assertThat(entry(tree, "f").uid()).isZero();
    assertThat(entry(tree, "l").uid()).isEqualTo(hasManyIds() ? 7 : 0);
  }

  @Test
  void setuidSetgidAndStickyBitsAreSet() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    Files.createDirectory(tree.resolve("d"));
    port().adopt(tree);

    apply(
        tree,
        new TreeChange.Owner(TreePath.of("f"), 0, 0),
        new TreeChange.Mode(TreePath.of("f"), 06755),
        new TreeChange.Mode(TreePath.of("d"), 01777));

    assertThat(entry(tree, "f").mode()).isEqualTo(06755);
    assertThat(entry(tree, "d").mode()).isEqualTo(01777);
  }

  @Test
  void aModeIsNeverSetThroughALink() throws Exception {
    Path tree = newTree();
    Path outside = write(base(), "outside", "x");
    Files.createSymbolicLink(tree.resolve("l"), outside);
    port().adopt(tree);
    Object before = Files.getAttribute(outside, "unix:mode");

    assertThatThrownBy(
            () -> port().apply(tree, List.of(new TreeChange.Mode(TreePath.of("l"), 0777))))
        .isInstanceOf(LayerCacheException.class);

    assertThat(Files.getAttribute(outside, "unix:mode")).isEqualTo(before);
  }

  @Test
  void nothingIsChangedBelowALink() throws Exception {
    Path tree = newTree();
    Path outside = Files.createDirectory(base().resolve("outside"));
    Path file = write(outside, "f", "x");
    Files.createSymbolicLink(tree.resolve("l"), outside);
    port().adopt(tree);
    Object before = Files.getAttribute(file, "unix:mode");

    assertThatThrownBy(
            () -> port().apply(tree, List.of(new TreeChange.Mode(TreePath.of("l/f"), 0777))))
        .isInstanceOf(LayerCacheException.class);

    assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(before);
  }

  @Test
  void timesAreExactToTheNanosecondAndMayBeBefore1970() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    write(tree, "old", "x");
    Files.createSymbolicLink(tree.resolve("l"), Path.of("nowhere"));
    port().adopt(tree);

    apply(
        tree,
        new TreeChange.Modified(TreePath.of("f"), 1_700_000_000L, 123_456_789),
        new TreeChange.Modified(TreePath.of("old"), -86_400L, 0),
        new TreeChange.Modified(TreePath.of("l"), 1_000L, 5));

    assertThat(entry(tree, "f").modifiedSeconds()).isEqualTo(1_700_000_000L);
    assertThat(entry(tree, "f").modifiedNanos()).isEqualTo(123_456_789);
    assertThat(entry(tree, "old").modifiedSeconds()).isEqualTo(-86_400L);
    assertThat(entry(tree, "l").modifiedSeconds()).isEqualTo(1_000L);
    assertThat(entry(tree, "l").modifiedNanos()).isEqualTo(5);
  }

  @Test
  void anExtendedAttributeKeepsItsBytes() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    Files.createDirectory(tree.resolve("d"));
    port().adopt(tree);

    apply(
        tree,
        new TreeChange.SetXattr(TreePath.of("f"), "user.a", "\u0000\u0080\u00ff\n"),
        new TreeChange.SetXattr(TreePath.of("d"), "user.b", ""));

    assertThat(entry(tree, "f").rawXattrs()).isEqualTo(Map.of("user.a", "\u0000\u0080\u00ff\n"));
    assertThat(entry(tree, "d").rawXattrs()).isEqualTo(Map.of("user.b", ""));
  }

  @Test
  void anAttributeTooLargeForTheFileSystemIsReportedAndTheRestIsDone() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    port().adopt(tree);
    TreeChange large = new TreeChange.SetXattr(TreePath.of("f"), "user.a", "x".repeat(65_536));

    List<TreeChange> impossible =
        port().apply(tree, List.of(large, new TreeChange.Mode(TreePath.of("f"), 0711)));

    boolean isThere = entry(tree, "f").rawXattrs().containsKey("user.a");
    assertThat(impossible).isEqualTo(isThere ? List.of() : List.of(large));
    assertThat(entry(tree, "f").mode()).isEqualTo(0711);
  }

  @Test
  void aWhiteoutIsListedAsOneAndTakesNoPlaceOfContent() throws Exception {
    Path tree = newTree();
    Files.createDirectory(tree.resolve("d"));
    port().adopt(tree);

    apply(tree, new TreeChange.Whiteout(TreePath.of("d/gone")));

    assertThat(entry(tree, "d/gone").kind()).isEqualTo(Kind.WHITEOUT);
    assertThat(entry(tree, "d").kind()).isEqualTo(Kind.DIRECTORY);
    assertThat(entry(tree, "d").rawXattrs()).isEmpty();
    assertThat(list(tree).get("d/gone")).isEqualTo(entry(tree, "d/gone"));
  }

  @Test
  void anOpaqueDirectoryIsListedAsOne() throws Exception {
    Path tree = newTree();
    Files.createDirectory(tree.resolve("d"));
    port().adopt(tree);

    apply(tree, new TreeChange.Opaque(TreePath.of("d")));

    assertThat(entry(tree, "d").kind()).isEqualTo(Kind.OPAQUE_DIRECTORY);
    assertThat(entry(tree, "d").rawXattrs()).isEmpty();
  }

  @Test
  void aPipeIsMadeOrReportedAsImpossible() throws Exception {
    Path tree = newTree();
    port().adopt(tree);
    TreeChange.Pipe pipe = new TreeChange.Pipe(TreePath.of("p"), 0640);

    List<TreeChange> impossible = port().apply(tree, List.of(pipe));

    if (impossible.isEmpty()) {
      assertThat(entry(tree, "p").kind()).isEqualTo(Kind.PIPE);
      assertThat(entry(tree, "p").mode()).isEqualTo(0640);
    } else {
      assertThat(impossible).containsExactly(pipe);
      assertThat(port().entry(tree, TreePath.of("p"))).isEmpty();
    }
  }

  @Test
  void aListTellsEveryEntryAndADirectoryBeforeItsContent() throws Exception {
    Path tree = newTree();
    Path directory = Files.createDirectory(tree.resolve("b"));
    write(directory, "inner", "12345");
    write(tree, "a", "");
    Files.createSymbolicLink(tree.resolve("c"), Path.of("b/inner"));
    Files.createLink(tree.resolve("d"), directory.resolve("inner"));
    port().adopt(tree);
    List<TreeEntry> entries = new ArrayList<>();

    port().list(tree, entries::add);

    assertThat(entries.stream().map(entry -> entry.path().raw()))
        .containsExactlyInAnyOrder("a", "b", "b/inner", "c", "d")
        .containsSubsequence("b", "b/inner");
    TreeEntry inner = entry(tree, "b/inner");
    assertThat(inner.size()).isEqualTo(5);
    assertThat(inner.links()).isEqualTo(2);
    assertThat(inner.inode()).isEqualTo(entry(tree, "d").inode());
    assertThat(entry(tree, "c").kind()).isEqualTo(Kind.SYMBOLIC_LINK);
    assertThat(entry(tree, "c").rawLink()).isEqualTo("b/inner");
  }

  @Test
  void namesThatAreNotTextAreKept() throws Exception {
    Path tree = newTree();
    String raw = "caf\u00e9-\u00ff\u0080";
    Files.writeString(tree.resolve(new TreePath(raw).in(Path.of(""))), "x");
    Files.createSymbolicLink(tree.resolve("l"), RawPaths.of(raw));
    port().adopt(tree);

    apply(tree, new TreeChange.Mode(new TreePath(raw), 0600));

    assertThat(list(tree)).containsOnlyKeys(raw, "l");
    assertThat(list(tree).get(raw)).extracting(TreeEntry::mode).isEqualTo(0600);
    assertThat(entry(tree, "l").rawLink()).isEqualTo(raw);
  }

  @Test
  void anEntryThatIsNotThereIsEmpty() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    Files.createSymbolicLink(tree.resolve("l"), tree);
    port().adopt(tree);

    assertThat(port().entry(tree, TreePath.of("nothing"))).isEmpty();
    assertThat(port().entry(tree, TreePath.of("f/below"))).isEmpty();
    assertThat(port().entry(tree, TreePath.of("l/f"))).isEmpty();
  }

  @Test
  void theRootOfATreeIsAnEntryToo() throws Exception {
    Path tree = newTree();
    port().adopt(tree);

    apply(tree, new TreeChange.Mode(TreePath.ROOT, 0711));

    assertThat(port().entry(tree, TreePath.ROOT).orElseThrow().mode()).isEqualTo(0711);
  }

  @Test
  void aCopyCannotBeToldFromTheOriginal() throws Exception {
    Path tree = newTree();
    Path directory = Files.createDirectory(tree.resolve("d"));
    write(directory, "f", "content");
    write(directory, "closed", "x");
    Files.createLink(directory.resolve("same"), directory.resolve("f"));
    Files.createSymbolicLink(directory.resolve("l"), Path.of("../away"));
    Files.createDirectory(directory.resolve("locked"));
    port().adopt(tree);
    apply(
        tree,
        new TreeChange.Owner(TreePath.of("d/f"), 33, 33),
        new TreeChange.Mode(TreePath.of("d/f"), 04750),
        new TreeChange.SetXattr(TreePath.of("d/f"), "user.k", "v"),
        new TreeChange.Mode(TreePath.of("d/closed"), 0),
        new TreeChange.Whiteout(TreePath.of("d/gone")),
        new TreeChange.Mode(TreePath.of("d/locked"), 0),
        new TreeChange.Modified(TreePath.of("d/f"), 1_000, 1),
        new TreeChange.Modified(TreePath.of("d/l"), 2_000, 2),
        new TreeChange.Modified(TreePath.of("d"), 3_000, 3));
    Path copies = Files.createDirectory(base().resolve("copies"));
    port().adopt(copies);

    port().copy(tree, TreePath.of("d"), copies, TreePath.of("copy"));

    Map<String, TreeEntry> original = list(tree.resolve("d"));
    Map<String, TreeEntry> copy = list(copies.resolve("copy"));
    assertThat(copy.keySet()).isEqualTo(original.keySet());
    copy.forEach((path, entry) -> assertSame(entry, original.getOrDefault(path, entry)));
    assertThat(
            copy.values().stream()
                .filter(e -> e.kind() == Kind.FILE && e.links() == 2)
                .map(TreeEntry::inode)
                .distinct())
        .hasSize(1);
    assertThat(read(copies, "copy/f")).isEqualTo("content");
    TreeEntry root = entry(copies, "copy");
    assertThat(root.modifiedSeconds()).isEqualTo(3_000);
  }

  private static void assertSame(TreeEntry copy, TreeEntry original) {
    assertThat(copy)
        .usingRecursiveComparison()
        .ignoringFields("inode", "modifiedSeconds", "modifiedNanos")
        .isEqualTo(original);
    if (copy.kind() != Kind.WHITEOUT) {
      assertThat(copy.modifiedSeconds()).isEqualTo(original.modifiedSeconds());
      assertThat(copy.modifiedNanos()).isEqualTo(original.modifiedNanos());
    }
  }

  @Test
  void aCopyOfASparseFileIsEqualAndSparse() throws Exception {
    Path tree = newTree();
    long size = (64L << 20) + 3;
    try (FileChannel channel =
        FileChannel.open(
            tree.resolve("f"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap("end".getBytes(UTF_8)), size - 3);
      channel.write(ByteBuffer.wrap("mid".getBytes(UTF_8)), 1_000_000);
    }
    port().adopt(tree);

    port().copy(tree, TreePath.of("f"), tree, TreePath.of("g"));

    assertThat(entry(tree, "g").size()).isEqualTo(size);
    ByteArrayOutputStream original = new ByteArrayOutputStream();
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    port().read(tree, TreePath.of("f"), original);
    port().read(tree, TreePath.of("g"), copy);
    assertThat(copy.toByteArray()).isEqualTo(original.toByteArray());
    assertThat(DiskUse.kibibytes(tree.resolve("g"))).isLessThan(32L << 10);
  }

  @Test
  void aFileOfAnotherOwnerCanBeRead() throws Exception {
    Path tree = newTree();
    write(tree, "f", "secret");
    port().adopt(tree);
    apply(
        tree,
        new TreeChange.Owner(TreePath.of("f"), 1000, 1000),
        new TreeChange.Mode(TreePath.of("f"), 0600));

    assertThat(read(tree, "f")).isEqualTo("secret");
  }

  @Test
  void aLinkIsNeverReadThrough() throws Exception {
    Path tree = newTree();
    Path outside = write(base(), "outside", "secret");
    Files.createSymbolicLink(tree.resolve("l"), outside);
    Files.createSymbolicLink(tree.resolve("up"), base());
    port().adopt(tree);

    assertThatThrownBy(() -> read(tree, "l")).isInstanceOf(LayerCacheException.class);
    assertThatThrownBy(() -> read(tree, "up/outside")).isInstanceOf(LayerCacheException.class);
  }

  @Test
  void aTreeIsMeasuredWithEachFileOnce() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x".repeat(1 << 20));
    Files.createLink(tree.resolve("g"), tree.resolve("f"));
    port().adopt(tree);

    TreeSize size = port().measure(tree);

    assertThat(size.bytes()).isBetween(1L << 20, 2L << 20);
    assertThat(size.entries()).isBetween(1L, 3L);
  }

  @Test
  void aRemovedTreeIsGoneWhateverItsModesAndOwners() throws Exception {
    Path tree = newTree();
    Path outside = write(base(), "outside", "x");
    Path directory = Files.createDirectories(tree.resolve("a/b/c"));
    write(directory, "f", "x");
    Files.createSymbolicLink(directory.resolve("l"), outside);
    port().adopt(tree);
    apply(
        tree,
        new TreeChange.Whiteout(TreePath.of("a/b/gone")),
        new TreeChange.Owner(TreePath.of("a/b"), 5, 5),
        new TreeChange.Mode(TreePath.of("a/b/c"), 0),
        new TreeChange.Mode(TreePath.of("a/b"), 0),
        new TreeChange.Mode(TreePath.of("a"), 0));

    port().remove(tree);

    assertThat(Files.exists(tree, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(outside).exists();
    port().remove(tree);
  }

  @Test
  void aTreeDeeperThanAnyPathIsRemoved() throws Exception {
    Path tree = newTree();
    String name = "d".repeat(200);
    for (int level = 0; level < 60; level++) {
      // Built from the inside out, because its full path is longer than the kernel takes.
      Path above = Files.createDirectory(base().resolve("above"));
      Files.move(tree, above.resolve(name));
      Files.move(above, tree);
    }
    port().adopt(tree);

    port().remove(tree);

    assertThat(tree).doesNotExist();
  }

  @Test
  void syncReturnsForAnyTree() throws Exception {
    Path tree = newTree();
    write(tree, "f", "x");
    port().adopt(tree);
    apply(tree, new TreeChange.Mode(TreePath.of("f"), 0));

    port().sync(tree);

    assertThat(entry(tree, "f").mode()).isZero();
  }

  @Test
  void aFailedChangeNamesThePath() throws Exception {
    Path tree = newTree();
    port().adopt(tree);

    assertThatThrownBy(
            () -> port().apply(tree, List.of(new TreeChange.Mode(TreePath.of("nothing"), 0644))))
        .isInstanceOf(LayerCacheException.class)
        .hasMessageContaining("nothing");
  }
}
