package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.CheckoutSource.Submodules;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources of as much as the limit, and of one more. */
@Timeout(60)
class SourceLimitsTest {

  @TempDir private Path directory;

  private static AbstractThrowableAssert<?, ?> assertRefused(
      ErrorCode code, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aSourceTreeIs256DirectoriesDeepAtMost() throws Exception {
    Path tree = directory.resolve("tree");
    Path deepest = Files.createDirectories(tree.resolve("d/".repeat(TreeSnapshot.DEPTH_MAX)));
    Path copy = Files.createDirectory(directory.resolve("copy"));
    assertThat(TreeSnapshot.copy(tree, copy).files()).isZero();
    assertThat(copy.resolve(tree.relativize(deepest))).isDirectory();
    Files.createDirectory(deepest.resolve("d"));
    Path again = Files.createDirectory(directory.resolve("again"));
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> TreeSnapshot.copy(tree, again))
        .hasMessage(
            "cannot copy the source tree '%s': it has directories more than 256 deep. Let git"
                    .formatted(tree)
                + " ignore what is not source.");
  }

  @Test
  void anIgnoreFileHasFourMebibytesAtMost() throws IOException {
    Path file = directory.resolve(".gitignore");
    String rule = "*.o\n";
    Files.writeString(file, rule + "#".repeat(IgnoreFile.BYTES_MAX - rule.length()));
    IgnoreFile read = IgnoreFile.read(file, 0);
    assertThat(read).isNotNull();
    assertThat(read.ignores(List.of("a.o"), false)).isTrue();
    Files.writeString(file, rule + "#".repeat(IgnoreFile.BYTES_MAX - rule.length() + 1));
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> IgnoreFile.read(file, 0))
        .hasMessage(
            "cannot read '%s': an ignore file has at most 4194304 bytes. Shorten it."
                .formatted(file));
  }

  @Test
  void anIndexIsReadUpToItsLimit() throws IOException {
    Path file = directory.resolve("index");
    ByteBuffer empty = ByteBuffer.allocate(32);
    empty.put("DIRC".getBytes(ISO_8859_1)).putInt(2).putInt(0);
    Files.write(file, empty.array());
    assertThat(TrackedPaths.read(file, 20, 32).contains("a")).isFalse();
    assertRefused(ErrorCode.SOURCE_UNSUPPORTED, () -> TrackedPaths.read(file, 20, 31))
        .hasMessage(
            "cannot read what git tracks from '%s': it has more than 31 bytes. 'git status' may"
                    .formatted(file)
                + " repair it.");
    assertThat(TrackedPaths.BYTES_MAX).isEqualTo(256L << 20);
  }

  @Test
  void anIndexThatIsAPipeOrALinkIsRefused() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertRefused(ErrorCode.SOURCE_UNSUPPORTED, () -> TrackedPaths.read(pipe, 20))
        .hasMessageContaining("it is no regular file");
    Path link = Files.createSymbolicLink(directory.resolve("link"), pipe);
    assertRefused(ErrorCode.SOURCE_UNSUPPORTED, () -> TrackedPaths.read(link, 20))
        .hasMessageContaining("it is no regular file");
  }

  @Test
  void pathsThatAnIndexMakesOfFewBytesHaveALimit() throws IOException {
    // Twenty times one path: each drops nothing of the one before it, and adds nothing.
    String path = "x".repeat(100);
    ByteBuffer index = ByteBuffer.allocate(12 + 20 * 64 + path.length() + 20);
    index.put("DIRC".getBytes(ISO_8859_1)).putInt(4).putInt(20);
    index.put(new byte[40 + 20 + 2 + 1]).put(path.getBytes(ISO_8859_1));
    Path file = directory.resolve("index");
    Files.write(file, index.array());
    assertThat(TrackedPaths.read(file, 20, 20L * path.length()).contains(path)).isTrue();
    assertRefused(
            ErrorCode.SOURCE_UNSUPPORTED,
            () -> TrackedPaths.read(file, 20, 20L * path.length() - 1))
        .hasMessageContaining("its paths have more than 1999 bytes");
  }

  @Test
  void anIndexThatAddsToItselfIsRefused() throws IOException {
    String id = "00".repeat(20);
    ByteBuffer index = ByteBuffer.allocate(12 + 8 + 20 + 28);
    index.put("DIRC".getBytes(ISO_8859_1)).putInt(2).putInt(0);
    index.put("link".getBytes(ISO_8859_1)).putInt(20);
    Path file = directory.resolve("sharedindex." + id);
    Files.write(file, index.array());
    assertRefused(ErrorCode.SOURCE_UNSUPPORTED, () -> TrackedPaths.read(file, 20))
        .hasMessageContaining("it is split more than once");
  }

  @Test
  void aPartOfAnIndexThatLeadsBackIsRefused() throws IOException {
    ByteBuffer index = ByteBuffer.allocate(12 + 8 + 28);
    index.put("DIRC".getBytes(ISO_8859_1)).putInt(2).putInt(0);
    index.put("TREE".getBytes(ISO_8859_1)).putInt(-8);
    Path file = directory.resolve("index");
    Files.write(file, index.array());
    assertRefused(ErrorCode.SOURCE_UNSUPPORTED, () -> TrackedPaths.read(file, 20))
        .hasMessageContaining("a part of it has a size below zero");
  }

  @Test
  void aRepositoryThatIsSilentIsGivenUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:%d/a".formatted(silent.getLocalPort());
      var order =
          new SourceOrder.Other(
              new CheckoutSource.Repository(url, null, null, Submodules.SKIP),
              directory,
              Reach.of(directory, List.of()));
      Path into = Files.createDirectory(directory.resolve("into"));
      assertRefused(
              ErrorCode.SOURCE_UNAVAILABLE,
              () -> RemoteTree.take(order, into, 1, CloneLimits.DEFAULTS))
          .hasMessageContaining("cannot fetch '%s'".formatted(url));
    }
    assertThat(RemoteFetch.SILENCE_SECONDS_MAX).isEqualTo(60);
  }
}
