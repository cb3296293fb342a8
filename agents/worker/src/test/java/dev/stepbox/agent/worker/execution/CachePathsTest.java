package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CachePathsTest {
  @ParameterizedTest
  @CsvSource({
    "~/.m2/repository, /root, /root/.m2/repository",
    "~,                /root, /root",
    "/var/cache/apt,   /root, /var/cache/apt",
    "node_modules,     /root, /workspace/node_modules",
    "~/a/../b,         /home/x, /home/x/b",
    "~user/x,          /root, /workspace/~user/x",
  })
  void aCacheLiesWhereThePipelineSays(String cache, String home, String path) {
    assertThat(CachePaths.resolve(cache, home)).isEqualTo(path);
  }

  @Test
  void aRelativeCacheStaysInTheWorkspace() {
    assertThatThrownBy(() -> CachePaths.resolve("../x", "/root"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'../x'");
  }
}
