package dev.stepbox.agent.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.worker.workspace.WorkspaceView.Found;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkspaceViewTest {
  private final ListedTrees trees = new ListedTrees();

  /** What is found, as {@code path@layer}. */
  private List<String> find(List<Path> layers, String... globs) throws InterruptedException {
    List<Found> found =
        new WorkspaceView(trees, layers)
            .find(FileGlobs.of(Arrays.asList(globs), List.of()))
            .files();
    return found.stream().map(each -> each.text() + "@" + each.layer().getFileName()).toList();
  }

  @Test
  void theUpperLayerWins() throws Exception {
    Path one = trees.layer("one", "f a", "f b");
    Path two = trees.layer("two", "f b", "f c");
    assertThat(find(List.of(one, two), "**")).containsExactly("a@one", "b@two", "c@two");
  }

  @Test
  void aWhiteoutRemovesAFileOrATree() throws Exception {
    Path one = trees.layer("one", "f a", "f d/x", "f d/y/z", "f dd");
    Path two = trees.layer("two", "w a", "w d");
    assertThat(find(List.of(one, two), "**")).containsExactly("dd@one");
  }

  @Test
  void anOpaqueDirectoryHidesWhatIsBelowIt() throws Exception {
    Path one = trees.layer("one", "f d/x", "f d/y/z", "f e");
    Path two = trees.layer("two", "o d", "f d/n");
    assertThat(find(List.of(one, two), "**")).containsExactly("d/n@two", "e@one");
    assertThat(find(List.of(one, two), "d/*")).containsExactly("d/n@two");
    assertThat(find(List.of(one, two), "d/y/*")).isEmpty();
  }

  @Test
  void whatBecomesAFileOrADirectoryIsThat() throws Exception {
    Path one = trees.layer("one", "f d/x", "f g");
    Path two = trees.layer("two", "f d", "f g/h");
    assertThat(find(List.of(one, two), "**")).containsExactly("d@two", "g/h@two");
    assertThat(find(List.of(one, two), "d/*")).isEmpty();
    assertThat(find(List.of(one, two), "d")).containsExactly("d@two");
  }

  @Test
  void threeLayersAreLaidOverEachOtherInTheirOrder() throws Exception {
    Path one = trees.layer("one", "f d/a", "f d/b");
    Path two = trees.layer("two", "w d");
    Path three = trees.layer("three", "f d/c");
    assertThat(find(List.of(one, two, three), "**")).containsExactly("d/c@three");
    assertThat(find(List.of(one, two, three), "d/*")).containsExactly("d/c@three");
  }

  @Test
  void aFileIsFoundByItsNameAlone() throws Exception {
    Path one = trees.layer("one", "f d/report.txt", "f other");
    Path two = trees.layer("two", "d d");
    assertThat(find(List.of(one, two), "d/report.txt")).containsExactly("d/report.txt@one");
    assertThat(find(List.of(one, two), "d/none.txt", "none/x")).isEmpty();
  }

  @Test
  void aRemovedParentHidesAFileLookedForByName() throws Exception {
    Path one = trees.layer("one", "f d/e/report.txt");
    Path two = trees.layer("two", "w d/e");
    assertThat(find(List.of(one, two), "d/e/report.txt", "d/e/*")).isEmpty();
  }

  @Test
  void aLinkIsFoundAndNotFollowed() throws Exception {
    Path one = trees.layer("one", "l link", "f d/x");
    assertThat(find(List.of(one), "link", "link/*")).containsExactly("link@one");
  }

  @Test
  void theSameFileIsFoundOnce() throws Exception {
    Path one = trees.layer("one", "f d/x", "f d/y");
    assertThat(find(List.of(one), "d/x", "d/*", "**")).containsExactly("d/x@one", "d/y@one");
  }

  @Test
  void namesAreText() throws Exception {
    Path one = trees.layer("one", "f " + Found.raw("grün/ß.txt"));
    assertThat(find(List.of(one), "**/*.txt")).containsExactly("grün/ß.txt@one");
  }

  private String excess(int files, long bytes) throws InterruptedException {
    String[] lines = new String[files];
    Arrays.setAll(lines, each -> "f " + (char) ('a' + each));
    Path layer = trees.layer("one", lines);
    return new WorkspaceView(trees, List.of(layer), bytes)
        .find(FileGlobs.of(List.of("?"), List.of()))
        .excess();
  }

  @Test
  void asManyBytesOfNamesAsTheLimitAreHeldAndNotOneMore() throws Exception {
    long entry = Matches.ENTRY_BYTES + 2L;
    assertThat(excess(3, 3 * entry)).isEmpty();
    assertThat(excess(4, 4 * entry - 1))
        .contains("take more than %d bytes".formatted(4 * entry - 1));
    assertThat(WorkspaceView.HELD_BYTES_MAX).isEqualTo(64L << 20);
  }

  @Test
  void whatDoesNotMatchIsNotHeld() throws Exception {
    Path one = trees.layer("one", "f a", "f b", "f c", "f d/e");
    Path two = trees.layer("two", "w a", "w d");
    var view = new WorkspaceView(trees, List.of(one, two), 0);
    assertThat(view.find(FileGlobs.of(List.of("no*/**"), List.of())).excess()).isEmpty();
  }

  @Test
  void whatAnUpperLayerHidesIsHeldNoMore() throws Exception {
    long entry = Matches.ENTRY_BYTES + 2L;
    Path one = trees.layer("one", "f a", "f b");
    Path two = trees.layer("two", "w a", "w b");
    Path three = trees.layer("three", "f c", "f d");
    var view = new WorkspaceView(trees, List.of(one, two, three), 2 * entry);
    assertThat(view.find(FileGlobs.of(List.of("?"), List.of())).files()).hasSize(2);
  }

  @Test
  void aSearchIsStoppedInTheMiddleOfALayer() throws Exception {
    String[] lines = new String[5000];
    Arrays.setAll(lines, each -> "f " + each);
    Path one = trees.layer("one", lines);
    assertThat(
            new WorkspaceView(trees, List.of(one))
                .find(FileGlobs.of(List.of("**"), List.of()), () -> true)
                .files())
        .hasSizeLessThan(5000);
  }
}
