package dev.stepbox.engine.scm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.scm.Written.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commits of as much as the limit, and of one more. */
@Timeout(60)
class TreeWriterIT {

  /** Of the commit below: two files, one link, three directories, six bytes, two deep. */
  private static final Limits ENOUGH = new Limits(3, 3, 6, 2);

  @TempDir private Path directory;
  private Path tree;
  private int copies;

  @BeforeEach
  void makeCommit() throws Exception {
    tree = Files.createDirectory(directory.resolve("tree"));
    Files.createDirectories(tree.resolve("a/b"));
    Files.createDirectory(tree.resolve("c"));
    Files.writeString(tree.resolve("a/b/one"), "1\n");
    Files.writeString(tree.resolve("c/two"), "22\n");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("a"));
    Git.init(tree).commit("some");
  }

  private Written write(Limits limits) throws Exception {
    Path into = Files.createDirectory(directory.resolve("copy" + ++copies));
    var written = new Written(limits);
    try (Repository repository =
            new FileRepositoryBuilder().setGitDir(tree.resolve(".git").toFile()).build();
        RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(repository.resolve("HEAD"));
      new TreeWriter(repository, tree.resolve(".git/modules"), written)
          .write(commit, commit.getTree(), into);
    }
    return written;
  }

  private void assertRefused(Limits limits, String because) {
    assertThatThrownBy(() -> write(limits))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessage("cannot take a commit: %s. Take a smaller part of it.".formatted(because));
  }

  @Test
  void aCommitAtAllLimitsIsWritten() throws Exception {
    Written written = write(ENOUGH);
    assertThat(written.files()).isEqualTo(3);
    assertThat(written.bytes()).isEqualTo(6);
    assertThat(directory.resolve("copy1/a/b/one")).hasContent("1\n");
  }

  @Test
  void aCommitOfMoreThanALimitIsRefused() {
    assertRefused(new Limits(2, 3, 6, 2), "it has more than 2 files");
    assertRefused(new Limits(3, 2, 6, 2), "it has more than 2 directories");
    assertRefused(new Limits(3, 3, 5, 2), "it has more than 5 bytes");
    assertRefused(new Limits(3, 3, 6, 1), "it has directories more than 1 deep");
  }

  @Test
  void aSubmoduleCountsWithTheCommitThatItLiesIn() throws Exception {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    Files.createDirectory(inner.resolve("deep"));
    Files.writeString(inner.resolve("deep/three"), "3\n");
    Git.init(inner).commit("inner");
    Git git = new Git(tree);
    git.run("submodule", "--quiet", "add", inner.toString(), "c/inner");
    git.commit("with a submodule");
    long modules = Files.size(tree.resolve(".gitmodules"));
    assertThat(write(new Limits(5, 5, 8 + modules, 3)).files()).isEqualTo(5);
    assertRefused(new Limits(4, 5, 8 + modules, 3), "it has more than 4 files");
    assertRefused(new Limits(5, 4, 8 + modules, 3), "it has more than 4 directories");
    assertRefused(
        new Limits(5, 5, 7 + modules, 3), "it has more than %d bytes".formatted(7 + modules));
    assertRefused(new Limits(5, 5, 8 + modules, 2), "it has directories more than 2 deep");
  }

  @Test
  void limitsOfACommitAreThoseOfAnySourceTree() {
    assertThat(Written.LIMITS).isEqualTo(new Limits(5_000_000, 5_000_000, 64L << 30, 256));
  }
}
