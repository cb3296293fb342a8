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
    assertThat(TrackedPaths.BYTES_MAX).isEqualTo(1L << 30);
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
      assertRefused(ErrorCode.SOURCE_UNAVAILABLE, () -> RemoteTree.take(order, into, 1))
          .hasMessageContaining("cannot fetch '%s'".formatted(url));
    }
    assertThat(RemoteFetch.SILENCE_SECONDS_MAX).isEqualTo(60);
  }
}
