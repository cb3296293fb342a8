package dev.stepbox.pipeline.expand;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AntGlobTest {
  @ParameterizedTest
  @CsvSource({
    "main, main",
    "main, MAIN",
    "MAIN, main",
    "'', ''",
    "*, main",
    "release/*, release/1.0",
    "release/**, release/1.0",
    "release/**, release/1.0/hotfix",
    "release/**, release",
    "release/, release/1.0/hotfix",
    "**, a/b/c",
    "**, ''",
    "**/hotfix, hotfix",
    "**/hotfix, release/1.0/hotfix",
    "a/**/z, a/z",
    "a/**/z, a/b/c/z",
    "**/b/**, a/b/c",
    "feature-?, feature-1",
    "v*.*, v1.2",
    "*a*b*, xaxbx",
    "a//b, a/b",
    "ä*, ÄB",
  })
  void matches(String pattern, String branch) {
    assertThat(new AntGlob(pattern).matches(branch)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "main, maintenance",
    "main, ''",
    "'', main",
    "*, a/b",
    "release/*, release/1.0/hotfix",
    "release/*, release",
    "feature-?, feature-12",
    "feature-?, feature-",
    "a/**/z, a/b/c",
    "a/**, b/a",
    "**/b/**, a/c",
    "[ab], a",
    "a.b, axb",
    "'{a,b}', a",
  })
  void doesNotMatch(String pattern, String branch) {
    assertThat(new AntGlob(pattern).matches(branch)).isFalse();
  }

  @Test
  void aPatternOfStarsTakesNoLongerThanTheProductOfTheLengths() {
    String pattern = "*a".repeat(500) + "b";
    assertThat(new AntGlob(pattern).matches("a".repeat(10_000))).isFalse();
    assertThat(new AntGlob("**/a/".repeat(200) + "b").matches("a/".repeat(2000))).isFalse();
  }
}
