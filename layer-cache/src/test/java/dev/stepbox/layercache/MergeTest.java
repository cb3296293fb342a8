package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.MergeResult.Branch;
import dev.stepbox.layercache.MergeResult.Conflict;
import dev.stepbox.layercache.MergeResult.Conflicted;
import dev.stepbox.layercache.MergeResult.Merged;
import dev.stepbox.layercache.OverlayPlan.Lower;
import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.overlay.StackView;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Branches that did different things are put together, and contradictions are named. */
class MergeTest {
  private static final OwnIdTree PORT = new OwnIdTree();

  @TempDir private Path directory;
  private TestStore test;
  private LayerCache cache;
  private Lease lease;
  private LayerId common;

  /** Writes into a layer as overlay mounts do. */
  private interface Writer {
    void write(Path tree) throws IOException;
  }

  @BeforeEach
  void open() throws Exception {
    test = new TestStore(directory);
    cache = test.open();
    lease = TestStore.lease(cache);
    common =
        layer(tree -> {
          Files.createDirectories(tree.resolve("d/deep"));
          Files.writeString(tree.resolve("d/f"), "common");
          Files.writeString(tree.resolve("d/deep/g"), "common");
          Files.writeString(tree.resolve("top"), "common");
          Files.createSymbolicLink(tree.resolve("link"), Path.of("top"));
        });
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private LayerId layer(Writer writer) throws Exception {
    try (SourceLayer layer = cache.newSourceLayer(lease)) {
      writer.write(layer.directory());
      return layer.seal();
    }
  }

  private static Writer file(String path, String content) {
    return tree -> {
      Files.createDirectories(Objects.requireNonNull(tree.resolve(path).getParent()));
      Files.writeString(tree.resolve(path), content);
    };
  }

  private static Writer directory(String path) {
    return tree -> Files.createDirectories(tree.resolve(path));
  }

  private static Writer gone(String path) {
    return tree -> {
      Files.createDirectories(Objects.requireNonNull(tree.resolve(path).getParent()));
      PORT.apply(tree, List.of(new TreeChange.Whiteout(TreePath.of(path))));
    };
  }

  private static Writer opaque(String path) {
    return tree -> {
      Files.createDirectories(tree.resolve(path));
      PORT.apply(tree, List.of(new TreeChange.Opaque(TreePath.of(path))));
    };
  }

  private static Writer mode(String path, int mode) {
    return tree -> PORT.apply(tree, List.of(new TreeChange.Mode(TreePath.of(path), mode)));
  }

  private static Writer all(Writer... writers) {
    return tree -> {
      for (Writer writer : writers) {
        writer.write(tree);
      }
    };
  }

  private MergeResult merge(Writer... branches) throws Exception {
    List<Branch> all = new ArrayList<>();
    for (int number = 0; number < branches.length; number++) {
      all.add(new Branch("Test / " + (char) ('A' + number), List.of(layer(branches[number]))));
    }
    return cache.merge(lease, List.of(common), all);
  }

  private StackView merged(Writer... branches) throws Exception {
    MergeResult result = merge(branches);
    assertThat(result).isInstanceOf(Merged.class);
    List<Path> trees = new ArrayList<>();
    for (Lower lower : cache.workspacePlan(((Merged) result).layers(), null).lowers()) {
      trees.add(cache.root().resolve(((Lower.InStore) lower).path()));
    }
    return new StackView(trees, PORT);
  }

  /** The content at a path of a stack; empty when nothing is there. */
  private static Optional<String> content(StackView view, String path) throws Exception {
    Optional<StackView.Found> found = view.find(TreePath.of(path));
    return found.isPresent()
        ? Optional.of(Files.readString(found.get().tree().resolve(path)))
        : Optional.empty();
  }

  private static boolean isThere(StackView view, String path) throws Exception {
    return view.find(TreePath.of(path)).isPresent();
  }

  private void assertConflicts(MergeResult result, String... paths) {
    assertThat(result).isInstanceOf(Conflicted.class);
    assertThat(((Conflicted) result).conflicts())
        .extracting(conflict -> conflict.path().raw())
        .containsExactly(paths);
    assertThat(((Conflicted) result).conflicts())
        .allSatisfy(c -> assertThat(c.branches()).containsExactly("Test / A", "Test / B"));
  }

  /** Both orders must give the same, as the order of branches means nothing to users. */
  private void assertConflictsInAnyOrder(Writer one, Writer other, String... paths)
      throws Exception {
    assertConflicts(merge(one, other), paths);
    assertConflicts(merge(other, one), paths);
  }

  private interface Check {
    void look(StackView view) throws Exception;
  }

  private void assertMergedInAnyOrder(Writer one, Writer other, Check check) throws Exception {
    check.look(merged(one, other));
    check.look(merged(other, one));
  }

  @Test
  void differentFilesAreAllThere() throws Exception {
    assertMergedInAnyOrder(
        file("a", "1"),
        file("d/b", "2"),
        view -> {
          assertThat(content(view, "a")).contains("1");
          assertThat(content(view, "d/b")).contains("2");
          assertThat(content(view, "d/f")).contains("common");
        });
  }

  @Test
  void threeBranchesAreMergedTheSameWay() throws Exception {
    StackView view = merged(file("a", "1"), file("b", "2"), file("c", "3"));

    assertThat(List.of(content(view, "a"), content(view, "b"), content(view, "c")))
        .containsExactly(Optional.of("1"), Optional.of("2"), Optional.of("3"));
  }

  @Test
  void oneBranchThatChangedSomethingNeedsNoMerge() throws Exception {
    LayerId own = layer(file("a", "1"));

    MergeResult result =
        cache.merge(
            lease,
            List.of(common),
            List.of(new Branch("A", List.of(own)), new Branch("B", List.of())));

    assertThat(result).isEqualTo(new Merged(List.of(common, own)));
  }

  @Test
  void theSamePathChangedDifferentlyIsAConflictThatNamesBoth() throws Exception {
    assertConflictsInAnyOrder(file("d/f", "1"), file("d/f", "2"), "d/f");
  }

  @Test
  void theSameNewFileIsNoConflict() throws Exception {
    assertMergedInAnyOrder(
        file("new", "same"),
        file("new", "same"),
        view -> assertThat(content(view, "new")).contains("same"));
  }

  @Test
  void differentModesAreAConflict() throws Exception {
    assertConflictsInAnyOrder(
        all(file("new", "x"), mode("new", 0600)), all(file("new", "x"), mode("new", 0755)), "new");
  }

  @Test
  void differentKindsAreAConflict() throws Exception {
    assertConflictsInAnyOrder(file("new", "x"), directory("new"), "new");
    assertConflictsInAnyOrder(
        file("new", "x"),
        tree -> Files.createSymbolicLink(tree.resolve("new"), Path.of("top")),
        "new");
  }

  @Test
  void differentTargetsOfLinksAreAConflict() throws Exception {
    assertConflictsInAnyOrder(
        tree -> Files.createSymbolicLink(tree.resolve("new"), Path.of("a")),
        tree -> Files.createSymbolicLink(tree.resolve("new"), Path.of("b")),
        "new");
  }

  @Test
  void differentExtendedAttributesAreAConflict() throws Exception {
    assertConflictsInAnyOrder(
        all(
            file("new", "x"),
            tree ->
                PORT.apply(
                    tree, List.of(new TreeChange.SetXattr(TreePath.of("new"), "user.a", "1")))),
        file("new", "x"),
        "new");
  }

  @Test
  void aChangedFileThatAnotherBranchRemovedIsAConflict() throws Exception {
    assertConflictsInAnyOrder(file("top", "1"), gone("top"), "top");
  }

  @Test
  void aFileThatBothRemovedIsGone() throws Exception {
    assertMergedInAnyOrder(
        gone("top"), gone("top"), view -> assertThat(isThere(view, "top")).isFalse());
  }

  @Test
  void aFileThatOneRemovedAndTheOtherLeftAloneIsGone() throws Exception {
    assertMergedInAnyOrder(
        gone("d/f"),
        file("d/new", "x"),
        view -> {
          assertThat(isThere(view, "d/f")).isFalse();
          assertThat(isThere(view, "d/new")).isTrue();
        });
  }

  @Test
  void aFileThatOneRemovedAndTheOtherOnlyTouchedIsGone() throws Exception {
    assertMergedInAnyOrder(
        gone("top"), file("top", "common"), view -> assertThat(isThere(view, "top")).isFalse());
  }

  @Test
  void aFileThatOneChangedAndTheOtherOnlyTouchedIsChanged() throws Exception {
    assertMergedInAnyOrder(
        file("d/f", "changed"),
        file("d/f", "common"),
        view -> assertThat(content(view, "d/f")).contains("changed"));
  }

  @Test
  void aChangeBelowADirectoryThatAnotherBranchRemovedIsAConflict() throws Exception {
    assertConflictsInAnyOrder(gone("d"), file("d/deep/g", "changed"), "d/deep/g");
    assertConflictsInAnyOrder(gone("d"), file("d/new", "x"), "d/new");
  }

  @Test
  void aRemovedDirectoryThatTheOtherBranchOnlyTouchedIsGone() throws Exception {
    assertMergedInAnyOrder(
        gone("d"),
        all(directory("d/deep"), file("d/deep/g", "common")),
        view -> {
          assertThat(isThere(view, "d")).isFalse();
          assertThat(isThere(view, "d/deep/g")).isFalse();
        });
  }

  @Test
  void aDirectoryMadeAnewThatTheOtherBranchOnlyTouchedHasNothingOfTheOld() throws Exception {
    assertMergedInAnyOrder(
        all(opaque("d"), file("d/new", "x")),
        all(file("d/f", "common"), file("d/deep/g", "common")),
        view -> {
          assertThat(isThere(view, "d/f")).isFalse();
          assertThat(isThere(view, "d/deep")).isFalse();
          assertThat(content(view, "d/new")).contains("x");
        });
  }

  @Test
  void aChangeInADirectoryThatAnotherBranchMadeAnewIsAConflict() throws Exception {
    assertConflictsInAnyOrder(all(opaque("d"), file("d/new", "x")), file("d/f", "changed"), "d/f");
  }

  @Test
  void aFileInPlaceOfADirectoryConflictsWithChangesInIt() throws Exception {
    assertConflictsInAnyOrder(file("d", "now a file"), file("d/f", "changed"), "d/f");
  }

  @Test
  void aFileInPlaceOfADirectoryThatTheOtherOnlyTouchedIsAFile() throws Exception {
    assertMergedInAnyOrder(
        file("d", "now a file"),
        directory("d/deep"),
        view -> assertThat(content(view, "d")).contains("now a file"));
  }

  @Test
  void aDirectoryInPlaceOfAFileThatTheOtherOnlyTouchedIsADirectory() throws Exception {
    assertMergedInAnyOrder(
        all(opaque("top"), file("top/inner", "x"), file("top/more/y", "y")),
        file("top", "common"),
        view -> {
          assertThat(content(view, "top/inner")).contains("x");
          assertThat(content(view, "top/more/y")).contains("y");
        });
  }

  @Test
  void aModeOfADirectoryThatTheOtherOnlyTouchedStays() throws Exception {
    assertMergedInAnyOrder(
        all(directory("d"), mode("d", 0700)),
        file("d/new", "x"),
        view -> {
          assertThat(view.find(TreePath.of("d")).orElseThrow().entry().mode()).isEqualTo(0700);
          assertThat(content(view, "d/new")).contains("x");
          assertThat(content(view, "d/f")).contains("common");
        });
  }

  @Test
  void theSameDirectoryMadeByBothHoldsTheFilesOfBoth() throws Exception {
    assertMergedInAnyOrder(
        file("target/a/x", "1"),
        file("target/b/y", "2"),
        view -> {
          assertThat(content(view, "target/a/x")).contains("1");
          assertThat(content(view, "target/b/y")).contains("2");
        });
  }

  @Test
  void laterLayersOfABranchCountOverEarlierOnes() throws Exception {
    LayerId first = layer(all(file("a", "old"), file("e/x", "x")));
    LayerId second = layer(all(file("a", "new"), gone("e")));
    LayerId other = layer(file("a", "new"));

    MergeResult same =
        cache.merge(
            lease,
            List.of(common),
            List.of(new Branch("A", List.of(first, second)), new Branch("B", List.of(other))));

    assertThat(same).isInstanceOf(Merged.class);
  }

  @Test
  void asManyConflictsAsTheLimitAreToldAndAllAreCounted() throws Exception {
    cache.close();
    cache = test.limits(LimitsBuilder.defaults().conflictsMax(2).build()).open();

    MergeResult result =
        merge(
            all(file("a", "1"), file("b", "1"), file("c", "1")),
            all(file("a", "2"), file("b", "2"), file("c", "2")));

    assertThat(result)
        .isInstanceOfSatisfying(
            Conflicted.class,
            conflicted -> {
              assertThat(conflicted.conflicts())
                  .extracting(Conflict::path)
                  .containsExactly(TreePath.of("a"), TreePath.of("b"));
              assertThat(conflicted.total()).isEqualTo(3);
            });
  }

  @Test
  void branchesWhoseFilesFitIntoTheLimitTogetherAreMergedAndNotOneMore() throws Exception {
    long listed = 2L * (256 + "one".length());
    reopen(LimitsBuilder.defaults().listingBytesMax(listed).build());
    assertThat(merge(file("one", "a"), file("two", "b"))).isInstanceOf(Merged.class);
    reopen(LimitsBuilder.defaults().listingBytesMax(listed - 1).build());
    assertThatThrownBy(() -> merge(file("one", "a"), file("two", "b")))
        .hasMessageContaining("cannot merge 'Test / B'")
        .hasMessageContaining("limit listingBytesMax");
  }

  private void reopen(Limits limits) throws Exception {
    cache.close();
    cache = test.limits(limits).open();
    lease = TestStore.lease(cache);
  }

  @Test
  void asManyBytesAsTheLimitAreComparedAndNotOneMore() throws Exception {
    reopen(LimitsBuilder.defaults().comparedBytesMax(6).build());
    assertThat(merge(file("new", "abc"), file("new", "abc"))).isInstanceOf(Merged.class);
    reopen(LimitsBuilder.defaults().comparedBytesMax(5).build());
    assertThatThrownBy(() -> merge(file("new", "abc"), file("new", "abc")))
        .hasMessageContaining("cannot compare 'new' in parallel branches")
        .hasMessageContaining("limit comparedBytesMax");
  }
}
