package dev.stepbox.engine.scm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.CheckoutSource.Submodules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {
  @TempDir private Path top;
  private Path project;
  private Path pipeline;

  @BeforeEach
  void aRepositoryWithAPipelineInIt() throws IOException {
    top = top.toRealPath();
    project = repository(top.resolve("project"));
    pipeline = Files.createDirectories(project.resolve("ci/release"));
    repository(top.resolve("private"));
    Files.writeString(top.resolve("backup.tar"), "");
    Files.writeString(project.resolve("root.tar"), "");
  }

  private static Path repository(Path directory) throws IOException {
    gitDirectory(directory.resolve(".git"));
    return directory;
  }

  private static Path gitDirectory(Path git) throws IOException {
    Files.createDirectories(git.resolve("objects/info"));
    Files.createDirectories(git.resolve("refs"));
    Files.writeString(git.resolve("HEAD"), "ref: refs/heads/main\n");
    return git;
  }

  private boolean image(String path) {
    return Reach.of(pipeline, List.of()).includesImage(path);
  }

  private boolean fetches(String url) {
    return Reach.of(pipeline, List.of())
        .includesRepository(new CheckoutSource.Repository(url, null, null, Submodules.SKIP));
  }

  @ParameterizedTest
  @ValueSource(strings = {"image.tar", "../../root.tar", "../not/there.tar"})
  void imagesOfTheRepositoryAreWithinReach(String path) {
    assertThat(image(path)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../../backup.tar", "/etc/passwd", "../../../not/there.tar"})
  void imagesOfElsewhereAreNot(String path) {
    assertThat(image(path)).isFalse();
  }

  @Test
  void aLinkCountsAsWhatItLeadsTo() throws IOException {
    Files.createSymbolicLink(pipeline.resolve("image.tar"), top.resolve("backup.tar"));
    Files.createSymbolicLink(pipeline.resolve("up"), top);
    Files.createSymbolicLink(pipeline.resolve("nowhere"), top.resolve("missing"));
    assertThat(image("image.tar")).isFalse();
    assertThat(image("up/backup.tar")).isFalse();
    assertThat(image("nowhere")).isFalse();
    assertThat(image("up/project/root.tar")).isTrue();
  }

  @Test
  void aLayoutWithALinkThatLeadsOutIsNot() throws IOException {
    Path layout = Files.createDirectory(pipeline.resolve("layout"));
    assertThat(image("layout")).isTrue();
    Files.createSymbolicLink(layout.resolve("blobs"), top.resolve("private"));
    assertThat(image("layout")).isFalse();
  }

  @Test
  void withoutARepositoryTheReachIsTheDirectory() throws IOException {
    Path alone = Files.createDirectories(top.resolve("alone/ci"));
    assertThat(Reach.of(alone, List.of()).includesImage("image.tar")).isTrue();
    assertThat(Reach.of(alone, List.of()).includesImage("../image.tar")).isFalse();
  }

  @Test
  void whatIsAllowedIsWithinReach() {
    Reach reach = Reach.of(pipeline, List.of(top.resolve("private")));
    assertThat(reach.includesImage("../../../private/x.tar")).isTrue();
    assertThat(reach.includesImage("../../../backup.tar")).isFalse();
  }

  @Test
  void whatIsToBeAllowedIsTheFileAndNoMore() {
    Path backup = top.resolve("backup.tar");
    assertThat(Reach.of(pipeline, List.of()).remedy("../../../backup.tar")).isEqualTo(backup);
    Reach reach = Reach.of(pipeline, List.of(backup));
    assertThat(reach.includesImage("../../../backup.tar")).isTrue();
    assertThat(reach.includesImage("../../../backup.tar.old")).isFalse();
    assertThat(reach.includesImage("../../../private/x.tar")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../..", ".", "https://example.org/a.git", "http://example.org/a"})
  void theOwnRepositoryAndThoseOfOtherMachinesAreFetched(String url) {
    assertThat(fetches(url)).isTrue();
  }

  @Test
  void aRepositoryOfElsewhereIsNotFetched() {
    assertThat(fetches("../../../private")).isFalse();
    assertThat(fetches(top.resolve("private").toString())).isFalse();
    assertThat(fetches("file://" + top.resolve("private"))).isFalse();
    assertThat(fetches("file://" + pipeline + "/../../../private")).isFalse();
  }

  @Test
  void aBareRepositoryWhoseObjectsAreALinkIsNotFetched() throws IOException {
    Path bare = gitDirectory(pipeline.resolve("bare.git"));
    assertThat(fetches("bare.git")).isTrue();
    assertThat(fetches("bare")).isTrue();
    Files.createSymbolicLink(bare.resolve("objects/pack"), top.resolve("private/.git/objects"));
    assertThat(fetches("bare.git")).isFalse();
    assertThat(fetches("bare")).isFalse();
  }

  @Test
  void aRepositoryThatBorrowsObjectsIsNotFetched() throws IOException {
    Path bare = gitDirectory(pipeline.resolve("bare.git"));
    Files.writeString(
        bare.resolve("objects/info/alternates"), top.resolve("private/.git/objects") + "\n");
    assertThat(fetches("bare.git")).isFalse();
  }

  @Test
  void aFileThatPointsToAnotherRepositoryIsNotFetched() throws IOException {
    Path module = Files.createDirectory(pipeline.resolve("module"));
    Files.writeString(module.resolve(".git"), "gitdir: " + top.resolve("private/.git") + "\n");
    assertThat(fetches("module")).isFalse();
    Files.writeString(module.resolve(".git"), "gitdir: " + project.resolve(".git") + "\n");
    assertThat(fetches("module")).isTrue();
  }
}
