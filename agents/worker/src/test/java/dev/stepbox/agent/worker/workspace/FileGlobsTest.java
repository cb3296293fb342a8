package dev.stepbox.agent.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileGlobsTest {
  @ParameterizedTest
  @CsvSource({
    "target/*.jar,      target/a.jar,          true",
    "target/*.jar,      target/sub/a.jar,      false",
    "target/*.jar,      target/a.jar.sha1,     false",
    "**/*.jar,          a.jar,                 true",
    "**/*.jar,          x/y/a.jar,             true",
    "a/**,              a/b,                   true",
    "a/**,              a/b/c/d,               true",
    "a/**,              ab/c,                  false",
    "a/,                a/b/c,                 true",
    "**,                anything/at/all,       true",
    "*,                 file,                  true",
    "*,                 .hidden,               true",
    "*,                 dir/file,              false",
    "a/**/z,            a/z,                   true",
    "a/**/z,            a/b/c/z,               true",
    "a/**/z,            a/b/c,                 false",
    "**/x/**,           p/x/q,                 true",
    "**/x/**,           p/y/q,                 false",
    "**/**/x,           x,                     true",
    "./a/./b,           a/b,                   true",
    "a?c,               abc,                   true",
    "a?c,               ac,                    false",
    "*a*b*c,            xxaxxbxxc,             true",
    "*a*b*c,            xxaxxcxxb,             false",
    "A.txt,             a.txt,                 false",
    "'über/*.txt',      'über/grün.txt',       true",
  })
  void globsAreThoseOfAnt(String glob, String path, boolean matches) {
    assertThat(FileGlobs.of(List.of(glob), List.of()).matches(path)).isEqualTo(matches);
  }

  @Test
  void anExcludeWinsOverAnInclude() {
    FileGlobs globs = FileGlobs.of(List.of("**"), List.of("**/*.tmp", "cache/"));
    assertThat(globs.matches("a/b.txt")).isTrue();
    assertThat(globs.matches("a/b.tmp")).isFalse();
    assertThat(globs.matches("cache/x/y")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../x", "a/../../x", "a/..", ""})
  void aGlobThatLeavesTheWorkspaceIsRefused(String glob) {
    assertThatThrownBy(() -> FileGlobs.of(List.of(glob), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not lie in the workspace");
  }

  @Test
  void onlyWhatCanMatchIsLookedThrough() {
    FileGlobs globs =
        FileGlobs.of(List.of("a/b/*.jar", "a/b/c/**", "report.txt", "x/*/y", "a/bb/*"), List.of());
    assertThat(globs.roots()).containsExactly("a/b", "a/bb", "report.txt", "x");
    assertThat(FileGlobs.of(List.of("a/*", "**/b"), List.of()).roots()).containsExactly("");
  }

  @Test
  void aHostileGlobTakesNoLongerThanAnyOther() {
    FileGlobs globs =
        FileGlobs.of(List.of("*a".repeat(200) + "b", "**/a/".repeat(200) + "b"), List.of());
    assertThat(
            assertTimeout(
                Duration.ofSeconds(30), () -> globs.matches("a".repeat(4000) + "/a".repeat(2000))))
        .isFalse();
  }
}
