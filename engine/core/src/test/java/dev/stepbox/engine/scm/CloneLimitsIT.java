package dev.stepbox.engine.scm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.CheckoutSource.Submodules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clones of as much as the limit, and of one more. */
@Timeout(60)
class CloneLimitsIT {
  /** Of the commit below. */
  private static final Written.Limits ENOUGH = new Written.Limits(2, 2, 5, 2);

  private static final int NAMES = "a".length() + "a/b".length() + "a/b/one".length() + 3;
  private static final long MANY = 1L << 40;

  @TempDir private Path directory;
  private Path origin;
  private Git git;

  @BeforeEach
  void makeRepository() throws Exception {
    origin = Files.createDirectory(directory.resolve("origin"));
    git = Git.init(origin);
    Files.createDirectories(origin.resolve("a/b"));
    Files.writeString(origin.resolve("a/b/one"), "1\n");
    Files.writeString(origin.resolve("two"), "22\n");
    git.commit("some");
  }

  private static CloneLimits limits(Written.Limits written, long names) {
    return new CloneLimits(written, names, MANY, 1000, MANY, 1);
  }

  private static CloneLimits fetching(long bytes, long objects, long objectBytes) {
    return new CloneLimits(ENOUGH, MANY, bytes, objects, objectBytes, 1);
  }

  private SourceTrees.Taken take(CloneLimits limits) throws IOException, InterruptedException {
    var order =
        new SourceOrder.Other(
            new CheckoutSource.Repository(origin.toString(), null, null, Submodules.RECURSIVE),
            directory,
            Reach.of(directory, List.of()));
    return RemoteTree.take(order, Files.createTempDirectory(directory, "taken"), 60, limits);
  }

  private void assertRefused(CloneLimits limits, String because) {
    assertThatThrownBy(() -> take(limits))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessageContaining(because);
  }

  @Test
  void aCommitAtAllLimitsIsClonedAndNotALargerOne() throws Exception {
    SourceTrees.Taken taken = take(limits(ENOUGH, NAMES));
    assertThat(taken.files()).isEqualTo(2);
    assertThat(taken.bytes()).isEqualTo(5);
    assertRefused(limits(new Written.Limits(1, 2, 5, 2), NAMES), "it has more than 1 files");
    assertRefused(limits(new Written.Limits(2, 1, 5, 2), NAMES), "it has more than 1 directories");
    assertRefused(limits(new Written.Limits(2, 2, 4, 2), NAMES), "it has more than 4 bytes");
    assertRefused(limits(new Written.Limits(2, 2, 5, 1), NAMES), "more than 1 deep");
    assertRefused(limits(ENOUGH, NAMES - 1), "paths of it take more than %d".formatted(NAMES - 1));
  }

  @Test
  void aFewObjectsThatNameABillionFilesAreRefused() throws Exception {
    String below = git.run("rev-parse", "HEAD:a/b/one").strip();
    String kind = "100644 blob ";
    for (int level = 0; level < 9; level++) {
      StringBuilder entries = new StringBuilder();
      for (int name = 0; name < 10; name++) {
        entries.append(kind).append(below).append('\t').append(name).append('\n');
      }
      Path listed = Files.writeString(directory.resolve("entries"), entries);
      below = git.runFrom(listed, "mktree").strip();
      kind = "040000 tree ";
    }
    String bomb = git.run("commit-tree", "-m", "bomb", below).strip();
    git.run("update-ref", "refs/heads/main", bomb);
    assertRefused(CloneLimits.DEFAULTS, "it has more than 1000000 files");
  }

  @Test
  void aCloneIsStoppedByAnInterrupt() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> take(CloneLimits.DEFAULTS)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void whatIsFetchedHasLimits() throws Exception {
    // A commit, three trees and two files.
    assertThat(take(fetching(MANY, 6, MANY)).files()).isEqualTo(2);
    assertRefused(fetching(MANY, 5, MANY), "a pack of it has more than 5 objects");
    assertRefused(fetching(100, 6, MANY), "it has more than 100 bytes");
    assertRefused(fetching(MANY, 6, 10), "an object of it has more than 10 bytes");
  }

  @Test
  void aCloneHasALimitedNumberOfSubmodules() throws Exception {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    Files.writeString(inner.resolve("three"), "3\n");
    Git.init(inner).commit("inner");
    git.run("submodule", "--quiet", "add", "../inner", "one");
    git.commit("one");
    CloneLimits one = new CloneLimits(CloneLimits.DEFAULTS.written(), MANY, MANY, 1000, MANY, 1);
    assertThat(take(one).files()).isEqualTo(4);
    git.run("submodule", "--quiet", "add", "../inner", "other");
    git.commit("other");
    assertRefused(one, "it has more than 1 submodules");
  }

  @Test
  void limitsOfAClone() {
    assertThat(CloneLimits.DEFAULTS)
        .isEqualTo(
            new CloneLimits(
                new Written.Limits(1_000_000, 1_000_000, 64L << 30, 256),
                128L << 20,
                64L << 30,
                16_000_000,
                256L << 20,
                1_000));
  }
}
